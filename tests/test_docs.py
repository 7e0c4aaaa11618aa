"""What the documents show is what happens.

Goal: every command shown in README.md and HACKING.md works, and prints what is shown.
Method: in a block marked `console`, a line `$ command` is run by bash in an empty folder with BENCH
first on the PATH; the lines up to the next command are what it prints on standard output, or, where
it fails, on standard error. `...` stands for anything. Blocks marked `sh` are not run here: they are
`make` targets (each has its own test) and installation. Blocks marked `c` are compiled.

Run with --update to write what is printed into the documents.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCH = pathlib.Path(os.environ.get("BENCH", ROOT / "build/bin/bench")).resolve()
DOCUMENTS = ["README.md", "HACKING.md"]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def commands(body):
    """The (command, shown output) pairs of a console block."""
    pairs = []
    for line in body.splitlines():
        if line.startswith("$ "):
            pairs.append([line[2:], ""])
        elif line.startswith("> ") and pairs and not pairs[-1][1]:
            pairs[-1][0] += "\n" + line[2:]
        else:
            pairs[-1][1] += line + "\n"
    return pairs


def run(command, folder):
    env = {k: v for k, v in os.environ.items() if not k.startswith("BENCH_")}
    env["PATH"] = f"{BENCH.parent}{os.pathsep}{env['PATH']}"
    env["LC_ALL"] = "C.UTF-8"
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=300)
    shown = done.stdout if done.returncode == 0 else done.stdout + done.stderr
    return done.returncode, shown.decode()


def pattern(shown):
    return ".*?".join(re.escape(part) for part in shown.split("..."))


def update(name, folder):
    def block(match):
        if match.group(1) != "console":
            return match.group()
        lines = []
        for command, shown in commands(match.group(2)):
            _, got = run(command, folder)
            first, *more = command.split("\n")
            lines += [f"$ {first}"] + [f"> {line}" for line in more]
            lines += [shown if "..." in shown else got]
        return "```console\n" + "".join(
            part if part.endswith("\n") or not part else part + "\n" for part in lines) + "```"
    path = ROOT / name
    path.write_text(BLOCK.sub(block, path.read_text()))


class Documents(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="docs-")
        self.addCleanup(shutil.rmtree, self.folder)

    def test_what_is_shown_is_printed(self):
        n = 0
        for name in DOCUMENTS:
            for kind, body in BLOCK.findall((ROOT / name).read_text()):
                for command, shown in commands(body) if kind == "console" else []:
                    status, got = run(command, self.folder)
                    self.assertTrue(re.fullmatch(pattern(shown), got, re.S),
                                    f"{name}: $ {command}\nexit {status}, printed:\n{got}\n"
                                    f"but the document shows:\n{shown}")
                    n += 1
        self.assertGreater(n, 0)

    def test_code_compiles(self):
        for name in DOCUMENTS:
            for i, (kind, body) in enumerate(BLOCK.findall((ROOT / name).read_text())):
                if kind != "c":
                    continue
                source = pathlib.Path(self.folder) / f"block{i}.c"
                source.write_text(body)
                done = subprocess.run(
                    ["cc", "-std=c11", "-Wall", "-Werror", "-fsyntax-only",
                     f"-I{ROOT}/kernels/include", str(source)], capture_output=True)
                self.assertEqual(done.returncode, 0, f"{name}:\n{done.stderr.decode()}")

    def test_make_targets_exist(self):
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
        for name in DOCUMENTS:
            for target in re.findall(r"`make ([a-z-]+)`|^make ([a-z-]+)", (ROOT / name).read_text(),
                                     re.M):
                self.assertIn(target[0] or target[1], targets, name)

    def test_files_named_exist(self):
        for name in DOCUMENTS:
            for link in re.findall(r"\]\(([^)#:]+)\)", (ROOT / name).read_text()):
                self.assertTrue((ROOT / link).exists(), f"{name} names {link}")


if __name__ == "__main__":
    if sys.argv[1:] == ["--update"]:
        with tempfile.TemporaryDirectory(prefix="docs-") as at:
            for document in DOCUMENTS:
                update(document, at)
    else:
        unittest.main(verbosity=1)
