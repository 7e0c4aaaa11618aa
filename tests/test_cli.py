#!/usr/bin/env python3
"""Goal: the command says and does what cli/*.cli say, to the byte.

Method: each file is a little session in a fresh directory. Its lines are

    # text          a comment
    file NAME       writes the file; its lines follow, each behind "| "
    $ command       a line for bash; `bench` is the command under test
    | text          a line of standard output, exact
    ! text          a line of standard error, exact; … stands for any text within the line
    = N             the exit code; 0 where it is not there

What is not listed must not be printed. BENCH_FILTER runs the sessions whose name contains a text.
"""
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.abspath(os.environ.get("BENCH", os.path.join(HERE, "../build/bin/bench")))


def environment(directory):
    """Nothing of the caller's but the path: no BENCH_*, no locale, no cache of a machine."""
    env = {"PATH": os.path.dirname(BENCH) + ":" + os.environ["PATH"], "HOME": directory, "TMPDIR": directory}
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"):
        if name in os.environ:
            env[name] = os.environ[name]
    return env


class Step:
    """A command and what it is to do."""

    def __init__(self, number, command):
        self.number, self.command = number, command
        self.out, self.err, self.exit = [], [], 0


def parse(path):
    """The files (name, text) and steps of a session, in order."""
    items, here = [], None
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip("\n")
            if line.startswith("file "):
                here = [line[5:], []]
                items.append(here)
            elif line.startswith("$ "):
                here = Step(number, line[2:])
                items.append(here)
            elif line[:2] in ("| ", "|"):
                (here.out if isinstance(here, Step) else here[1]).append(line[2:])
            elif line[:2] in ("! ", "!"):
                here.err.append(line[2:])
            elif line.startswith("= "):
                here.exit = int(line[2:])
            elif line and not line.startswith("#"):
                sys.exit("%s:%d: not a line of a session: %s" % (path, number, line))
    return items


def matches(want, got):
    if len(want) != len(got):
        return False
    for pattern, line in zip(want, got):
        parts = [re.escape(part) for part in pattern.split("…")]
        if not re.fullmatch(".*".join(parts), line):
            return False
    return True


def lines_of(data):
    """The lines of an output; one that lacks its line feed is marked."""
    text = data.decode("utf-8", "backslashreplace")
    if not text:
        return []
    return text[:-1].split("\n") if text.endswith("\n") else (text + "<no line feed>").split("\n")


def run(step, path, directory):
    done = subprocess.run(["bash", "-c", step.command], cwd=directory, env=environment(directory),
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    out, err = lines_of(done.stdout), lines_of(done.stderr)
    if out == step.out and matches(step.err, err) and done.returncode == step.exit:
        return True
    print("%s:%d: $ %s" % (path, step.number, step.command))
    for name, want, got in (("stdout", step.out, out), ("stderr", step.err, err)):
        if name == "stdout" and want == got or name == "stderr" and matches(want, got):
            continue
        print("  %s expected:" % name, *want, "  got:", *got, sep="\n    ")
    if done.returncode != step.exit:
        print("  exit %d, expected %d" % (done.returncode, step.exit))
    return False


def main():
    wanted, failed, done = os.environ.get("BENCH_FILTER", ""), 0, 0
    sessions = sorted(name for name in os.listdir(os.path.join(HERE, "cli"))
                      if name.endswith(".cli") and wanted in name)
    for name in sessions:
        path = os.path.join(HERE, "cli", name)
        with tempfile.TemporaryDirectory() as directory:
            for item in parse(path):
                if not isinstance(item, Step):
                    with open(os.path.join(directory, item[0]), "w", encoding="utf-8") as out:
                        out.write("".join(line + "\n" for line in item[1]))
                else:
                    done += 1
                    failed += not run(item, path, directory)
    print("%d commands in %d sessions, %d failed" % (done, len(sessions), failed))
    sys.exit(failed > 0 or done == 0)


if __name__ == "__main__":
    main()
