"""The rules of the house, as HACKING.md states them.

Goal: what the rules say of names, rooms, sizes and packages is so of every file that git lists.
Method: the sources are read as text, the library's symbols with nm. BENCH is the built command; the
library lies beside it in the build tree. Sizes of files and functions are warnings only.
"""

import collections
import os
import pathlib
import re
import subprocess
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("BENCH", ROOT / "build/bin/bench")).resolve().parent.parent
LIBRARY = BUILD / "bench" / "liblinerate.a"

# What each room sees, beside itself.
ROOMS = {
    "kernels": [],
    "io": ["kernels"],
    "datagen": ["kernels", "io"],
    "bench": ["kernels", "io", "datagen"],
    "tests": ["kernels", "io", "datagen", "bench"],
}
MANY = {"CMakeLists.txt", "README.md", "__init__.py", ".gitignore", "run"}  # may be there twice
# The outputs that have a temporary name, which a signal handler unlinks, and their counter.
GLOBALS = {"named", "counter.0", "counter"}
LINES_MAX, FUNCTION_MAX = 500, 70


def tracked():
    try:
        out = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        print("SKIPPED: the rules of the house: not a git checkout")
        raise unittest.SkipTest("not a git checkout")
    names = [name for name in out.decode().split("\0") if name]
    return [pathlib.PurePosixPath(name) for name in names if (ROOT / name).is_file()]


def text(path):
    return (ROOT / path).read_text(encoding="utf-8", errors="replace")


def code(path):
    """The file without comments and strings, of the same lines."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', blank, text(path), flags=re.S)


def is_c(path):
    return path.suffix in (".c", ".h", ".cu", ".cc")


class House(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.files = tracked()
        cls.sources = [path for path in cls.files if is_c(path)]

    def symbols(self):
        if not LIBRARY.is_file():
            self.fail(f"no {LIBRARY}")
        out = subprocess.run(["nm", "-f", "sysv", str(LIBRARY)], check=True, capture_output=True)
        for line in out.stdout.decode().splitlines():
            fields = [field.strip() for field in line.split("|")]
            if len(fields) == 7 and fields[0] != "Name":
                yield fields[0], fields[2], fields[6]  # name, class, section

    def sanitized(self):
        cache = (BUILD / "CMakeCache.txt").read_text()
        return re.search(r"^LR_SANITIZE:\w+=.+$", cache, re.M) is not None

    def test_external_symbols_have_the_prefix(self):
        names = [name for name, kind, _ in self.symbols() if kind.isupper() and kind != "U"]
        bad = [n for n in names if not n.startswith(("lr_", "__odr_asan"))]
        self.assertGreater(len(names), 10)
        self.assertEqual(bad, [])

    def test_the_library_is_silent(self):
        """It prints nothing, never exits, reads no environment, installs no handlers."""
        if self.sanitized():
            self.skipTest("sanitizers bring calls of their own")
        loud = set("exit _exit abort quick_exit printf puts putchar perror psignal vprintf stdout "
                   "stderr signal sigaction setlocale dprintf vdprintf __printf_chk".split())
        bad = [name for name, kind, _ in self.symbols() if kind == "U" and name in loud]
        self.assertEqual(bad, [])

    def test_the_library_has_no_globals(self):
        if self.sanitized():
            self.skipTest("sanitizers bring data of their own")
        bad = [(name, section) for name, kind, section in self.symbols()
               if kind.upper() in "BDCGS" and not section.startswith(".data.rel.ro")
               and name not in GLOBALS]
        self.assertEqual(bad, [])

    def test_file_names_are_unique(self):
        names = collections.defaultdict(list)
        for path in self.files:
            if path.name not in MANY and "corpus" not in path.parts and path.parts[0] != "results":
                names[path.name].append(str(path))
        self.assertEqual({k: v for k, v in names.items() if len(v) > 1}, {})

    def test_rooms_see_only_what_they_link(self):
        for path in self.sources:
            room = path.parts[0]
            if room not in ROOMS:
                continue
            sees = [room] + [f"{other}/include" for other in ROOMS[room]] + [f"{room}/include"]
            if room == "tests":
                sees = [""] + list(ROOMS)  # checks look into every room
            for name in re.findall(r'^\s*#\s*include "([^"]+)"', text(path), re.M):
                # Made by the build; and in place of CUDA's, when tests emulate a device.
                if name in ("build_info.h", "cuda_emulation.h"):
                    continue
                here = [ROOT / path.parent / name] + [ROOT / at / name for at in sees]
                here += [ROOT / other / "include" / name for other in ROOMS if room == "tests"]
                self.assertTrue(any(p.is_file() for p in here), f"{path} includes {name}")

    def test_kernels_are_pure(self):
        """No allocation, no input or output, no exit; lr_fail writes into the caller's buffer."""
        calls = re.compile(r"(?<![\w.>])(malloc|calloc|realloc|free|mmap|f?open|f?read|f?write|f?close|"
                           r"printf|fprintf|puts|exit|abort|getenv|pthread_\w+)\s*\(")
        # Hyperscan makes what it matches with: that takes memory, and fails where there is none.
        makers = {"hyper.c", "hyperscan.c", "patterns.c"}
        for path in self.sources:
            if path.parts[0] == "kernels" and path.suffix in (".c", ".h") and path.name not in makers:
                found = calls.search(code(path))
                self.assertIsNone(found, f"{path}: {found and found.group()}")

    def test_no_path_of_a_machine(self):
        """Nothing here knows the folders of whoever wrote it."""
        paths = re.compile(r"(?<![\w.$}{])/(?:work|home|Users|root)/[a-z]")
        for path in self.files:
            if path.suffix in (".c", ".h", ".cu", ".cc", ".py", ".sh", ".md", ".txt", ".cmake",
                               ".json", ".ipynb", "") and "corpus" not in path.parts:
                found = paths.search(text(path))
                self.assertIsNone(found, f"{path}: {found and found.group()}")

    def test_packages_stand_in_one_list(self):
        listed = set()
        for line in text("cmake/packages.txt").splitlines():
            if line and not line.startswith("#"):
                names, level, _ = line.split(None, 2)
                self.assertIn(level, ("build", "check", "deep", "gate", "peers"))
                listed.update(names.split("|"))
        for path in self.files:
            if path.name == "packages.sh":
                continue
            for words in re.findall(r"apt-get install ((?:-\S+ )*[^`\n,;)]+)", text(path)):
                for word in words.split():
                    if re.fullmatch(r"[a-z0-9][a-z0-9+.-]+", word):
                        self.assertIn(word, listed, f"{path} names a package that is not listed")
        asked = re.findall(r"^lr_find\(\w+ \w+ ([^\s)]+)", text("cmake/Libraries.cmake"), re.M)
        self.assertTrue(set(asked) <= listed, f"{asked}")

    def test_no_tabs_and_no_blanks_at_line_ends(self):
        for path in self.sources:
            for i, line in enumerate(text(path).split("\n"), 1):
                self.assertFalse("\t" in line or line != line.rstrip(), f"{path}:{i}")

    def test_sizes(self):
        """Warnings: a file is to have at most 500 lines, a function at most 70."""
        for path in self.sources:
            lines = text(path).split("\n")
            if "do not edit" in lines[1] or "corpus" in path.parts:
                continue
            if len(lines) - 1 > LINES_MAX:
                print(f"WARNING: {path} has {len(lines) - 1} lines")
            start = None
            for i, line in enumerate(lines, 1):
                if line == "{":
                    start = i
                elif line == "}" and start is not None:
                    if i - start + 1 > FUNCTION_MAX:
                        print(f"WARNING: {path}:{start}: a function of {i - start + 1} lines")
                    start = None


if __name__ == "__main__":
    unittest.main(verbosity=1)
