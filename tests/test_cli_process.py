#!/usr/bin/env python3
"""Goal: the command is a good citizen: interrupts, terminals, files that shrink, help that is true.

Method: processes of its own, watched from outside: pseudo-terminals, pipes that stay open, signals.
BENCH is the built command.
"""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = os.path.abspath(os.environ.get("BENCH", ROOT / "build/bin/bench"))
TWEET = b'{"date":"2021-02-12","content":"@bob","user":{"username":"ann"}}\n'

# The options of queries as the documents list them; a new one is added here, in the table, and in
# the documents.
DOCUMENTED = set("""plan memory threads device isa validate mentions emoji matcher input delimiter
    on-error max-errors rejects max-input format top since until limit explain profile stats
    progress color output path""".split())
LINES = set("threads isa max-input format explain profile stats progress color output path".split())


def environment(directory, **more):
    env = {"PATH": os.environ["PATH"], "HOME": directory, "TMPDIR": directory, **more}
    env.update((k, v) for k, v in os.environ.items() if k.endswith("SAN_OPTIONS"))
    return env


class Process(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def start(self, *arguments, **more):
        more.setdefault("env", environment(self.directory))
        more.setdefault("stdout", subprocess.PIPE)
        more.setdefault("stderr", subprocess.PIPE)
        return subprocess.Popen([BENCH, *arguments], cwd=self.directory, **more)

    def interrupted(self, process, number, delay):
        """Ends within a second of the signal, with its code and no output; nothing is left behind."""
        time.sleep(delay)
        process.send_signal(number)
        began = time.monotonic()
        out, _ = process.communicate(timeout=20)
        self.assertLess(time.monotonic() - began, 1.0)
        self.assertEqual(process.returncode, 128 + number)
        self.assertEqual(out, b"")

    def test_interrupt_while_waiting_for_input(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            for query in ("q1", "all", "lines"):
                process = self.start(query, "-", stdin=subprocess.PIPE)
                process.stdin.write(TWEET * 1000)
                process.stdin.flush()
                self.interrupted(process, number, 0.2)

    def test_interrupt_while_writing_rejects(self):
        process = self.start("q1", "--on-error=skip", "--rejects", "bad", "-o", "out", "-",
                             stdin=subprocess.PIPE)
        process.stdin.write((TWEET + b"{\n") * 100000)
        process.stdin.flush()
        self.interrupted(process, signal.SIGTERM, 0.3)
        self.assertEqual(os.listdir(self.directory), [])

    def test_interrupt_while_computing(self):
        with open(self.path("big.json"), "wb") as out:
            for _ in range(40):
                out.write(TWEET * 50000)
        for number, delay in ((signal.SIGINT, 0.02), (signal.SIGTERM, 0.1)):
            process = self.start("all", "--isa", "ref", "--threads", "1", *["big.json"] * 8)
            self.interrupted(process, number, delay)

    def test_interrupted_parent_ends_its_child(self):
        with open(self.path("big.json"), "wb") as out:
            for _ in range(40):
                out.write(TWEET * 50000)
        process = self.start("compare", "--isa", "ref", *["big.json"] * 20)
        time.sleep(0.5)
        pids = pathlib.Path("/proc/%d/task/%d/children" % (process.pid, process.pid))
        children = [int(pid) for pid in pids.read_text("ascii").split()] if pids.exists() else []
        self.interrupted(process, signal.SIGTERM, 0)
        deadline = time.monotonic() + 2
        for child in children:
            while os.path.exists("/proc/%d" % child) and time.monotonic() < deadline:
                time.sleep(0.02)
            state = pathlib.Path("/proc/%d/stat" % child)
            self.assertTrue(not state.exists() or ") Z " in state.read_text("ascii"), "goes on")

    def test_file_that_shrinks(self):
        """Never a signal's death, never an answer of half a file: 0 with all of it, or 3."""
        outcomes = set()
        for attempt in range(60):
            with open(self.path("shrinks.json"), "wb") as out:
                out.write(TWEET * 1000000)
            process = self.start("q3", "--format", "csv", "shrinks.json")
            time.sleep(0.002 * (attempt % 12))
            os.truncate(self.path("shrinks.json"), len(TWEET) * 10)
            out, err = process.communicate(timeout=60)
            self.assertIn(process.returncode, (0, 3), err)
            if process.returncode == 0:
                self.assertIn(out, (b"username,count\nbob,1000000\n", b"username,count\nbob,10\n"))
            else:
                self.assertEqual(out, b"")
                self.assertRegex(err, rb"^shrinks\.json: [^\n]+\n$")
            outcomes.add((process.returncode, b"became shorter" in err))
            if (3, True) in outcomes:
                break
        self.assertIn((3, True), outcomes, "no attempt met the mapped file while it was read")

    def input_path(self, name):
        """The answer, and how the bytes came."""
        process = self.start("q3", "--format", "csv", "--explain", name)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        return out, re.search(rb"^input +(\w+),", err, re.M).group(1)

    def test_file_that_is_not_cached(self):
        """It is read, for that is faster than a page at a time; the page cache then has it, and it is mapped."""
        name = self.path("cold.json")
        with open(name, "wb") as out:
            out.write(TWEET * 400000)
            out.flush()
            os.fsync(out.fileno())
            os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        with open(name, "rb", buffering=0) as file:
            try:
                os.preadv(file.fileno(), [bytearray(1)], len(TWEET) * 300000, os.RWF_NOWAIT)
                print("SKIPPED: a file that is not cached: this file system keeps it in memory")
                return
            except BlockingIOError:
                pass
            except OSError as why:
                print("SKIPPED: a file that is not cached: whether one is cannot be asked: %s" % why)
                return
        cold, warm = self.input_path("cold.json"), self.input_path("cold.json")
        self.assertEqual(cold, (b"username,count\nbob,400000\n", b"read"))
        self.assertEqual(warm, (b"username,count\nbob,400000\n", b"mapped"))

    def on_terminal(self, arguments, term="xterm", rows_columns=(0, 0), seconds=1.0):
        """What the command writes to a terminal as stderr while its input comes slowly."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *rows_columns, 0, 0))
        process = self.start(*arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=slave,
                             env=environment(self.directory, TERM=term))
        os.close(slave)
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            process.stdin.write(TWEET * 20000)
            process.stdin.flush()
            time.sleep(0.02)
        process.stdin.close()
        process.wait(timeout=20)
        text = b""
        while select.select([master], [], [], 0.2)[0]:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            text += piece
        os.close(master)
        process.stdout.close()
        self.assertEqual(process.returncode, 0, text)
        return text.decode()

    def test_progress(self):
        for columns in (0, 1, 20, 200):
            text = self.on_terminal(["q3", "-"], rows_columns=(24, columns))
            self.assertIn("\r", text)
            shown = [part for part in text.split("\n")[0].split("\r") if part.strip()]
            for part in shown[:-1]:
                self.assertLess(len(part), columns or 80)
            if columns != 1:
                self.assertIn("q3: ", shown[0])
            self.assertIn("plan, validate full]", text.split("\r")[-2] + text.split("\r")[-1])

    def test_no_progress(self):
        cases = [(["q3", "-"], "dumb", 0.8), (["q3", "--progress", "never", "-"], "xterm", 0.8),
                 (["q3", "-"], "xterm", 0)]
        for arguments, term, seconds in cases:
            text = self.on_terminal(arguments, term=term, seconds=seconds)
            self.assertRegex(text, r"^q3: [^\r]+\r\n$")

    def test_color(self):
        """On a terminal, unless NO_COLOR or TERM=dumb; never because of stderr."""
        with open(self.path("t.json"), "wb") as out:
            out.write(TWEET)
        for more, colored in (({"TERM": "xterm"}, True), ({"TERM": "dumb"}, False),
                              ({"TERM": "xterm", "NO_COLOR": "1"}, False),
                              ({"TERM": "xterm", "NO_COLOR": ""}, True)):
            master, slave = pty.openpty()
            process = self.start("q3", "t.json", stdout=slave, env=environment(self.directory, **more))
            process.communicate(timeout=20)
            os.close(slave)
            text = os.read(master, 65536)
            os.close(master)
            self.assertEqual(b"\x1b[1m" in text, colored, more)

    def help_of(self, *command):
        done = subprocess.run([BENCH, *command], capture_output=True, check=True,
                              env=environment(self.directory))
        self.assertEqual(done.stderr, b"")
        return done.stdout.decode()

    def test_help_lists_the_options(self):
        for name, wanted in (("q1", DOCUMENTED), ("all", DOCUMENTED), ("lines", LINES)):
            text = self.help_of(name, "--help")
            found = set(re.findall(r"^  (?:-\w, )?--([a-z-]+)", text, re.M))
            self.assertEqual(found, wanted, name)
            self.assertEqual(text, self.help_of("help", name))
            self.assertEqual(text, self.help_of("-h", name, "nowhere.json"))
            self.assertNotIn("--slice", text)
            for line in text.split("\n"):
                self.assertLessEqual(len(line), 100, line)

    def test_every_command_has_help(self):
        text = self.help_of("--help")
        names = re.findall(r"^  ([a-z0-9-]+)  ", text, re.M)
        for name in ("q1", "q2", "q3", "all", "lines", "list", "describe", "machine", "completion",
                     "help"):
            self.assertIn(name, names)
        for name in names:
            self.assertTrue(self.help_of(name, "--help").startswith("Usage: bench %s" % name))

    def test_no_command_is_usage(self):
        done = subprocess.run([BENCH], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertEqual(done.stderr.decode(), self.help_of("--help"))

    def test_version(self):
        text = self.help_of("--version")
        for part in ("commit", "compiler", "flags", "instructions", "libraries"):
            self.assertIn(part, text)

    def complete(self, *words):
        """What bash offers for the last of the words."""
        script = 'source <("$0" completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); ' \
                 '_bench; printf "%s\\n" "${COMPREPLY[@]}"'
        done = subprocess.run(["bash", "-c", script, BENCH, "bench", *words], cwd=self.directory,
                              capture_output=True, check=True, env=environment(self.directory))
        self.assertEqual(done.stderr, b"")
        return done.stdout.decode().split()

    def test_completion_bash(self):
        pathlib.Path(self.path("tweets.json")).touch()
        self.assertEqual(self.complete("li"), ["lines", "list"])
        self.assertEqual(self.complete("q1", "--pl"), ["--plan"])
        self.assertEqual(self.complete("q1", "--plan", ""), ["time", "memory", "auto"])
        self.assertEqual(self.complete("q1", "--plan", "=", "m"), ["memory"])
        self.assertEqual(self.complete("q1", "--plan", "="), ["time", "memory", "auto"])
        self.assertEqual(self.complete("--format", "m"), ["md"])
        self.assertEqual(self.complete("machine", "--format", ""), ["table", "json"])
        self.assertEqual(self.complete("q1", "tw"), ["tweets.json"])
        self.assertEqual(self.complete("q1", "--stats", "tw"), ["tweets.json"])
        self.assertEqual(self.complete("q1", "--top", ""), [])
        self.assertEqual(self.complete("describe", ""), ["q1", "q2", "q3"])
        self.assertEqual(self.complete("lines", "--plan"), [])
        self.assertEqual(set(self.complete("q2", "--")), {"--" + o for o in DOCUMENTED | {"help"}})

    def test_completion_zsh(self):
        text = self.help_of("completion", "zsh")
        self.assertTrue(text.startswith("#compdef bench\n"))
        if shutil.which("zsh") is None:
            print("SKIPPED: the syntax of the completion for zsh: no zsh")
            return
        subprocess.run(["zsh", "-n"], input=text.encode(), check=True)

    def test_manual(self):
        text = self.help_of("help", "--man")
        for name in DOCUMENTED:
            self.assertIn(r"\fB\-\-%s\fR" % name.replace("-", r"\-"), text)
        for line in text.split("\n"):
            self.assertRegex(line, r"^(\.(TH|SH|SS|TP|P|B|nf|fi)\b.*|[^.'].*|)$")
        if shutil.which("groff") is None:
            print("SKIPPED: the layout of the manual: no groff")
            return
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"], input=text.encode(),
                              capture_output=True, check=True)
        self.assertEqual(done.stderr.decode(), "")

    def test_stats_fields_are_documented(self):
        with open(self.path("t.json"), "wb") as out:
            out.write(TWEET)
        self.start("q1", "--stats", "s.json", "t.json").communicate(timeout=20)
        with open(self.path("s.json"), encoding="utf-8") as text:
            fields = list(json.load(text))
        manual = self.help_of("help", "--man").split(".SH MEASUREMENTS")[1].split(".SH")[0]
        self.assertEqual(fields, re.findall(r"^\\fB(\w+)\\fR$", manual, re.M))

    def test_header_is_c_and_cplusplus(self):
        header = str(ROOT / "kernels/include/linerate.h")
        for compiler, language, standard in (("cc", "c", "c11"), ("cc", "c", "c99"),
                                             ("c++", "c++", "c++11"), ("c++", "c++", "c++20")):
            if shutil.which(compiler) is None:
                print("SKIPPED: linerate.h as %s: no %s" % (standard, compiler))
                continue
            done = subprocess.run([compiler, "-x", language, "-std=" + standard, "-Wall", "-Wextra",
                                   "-Wpedantic", "-Werror", "-fsyntax-only", header],
                                  capture_output=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr.decode())


if __name__ == "__main__":
    unittest.main()
