"""builds.py: a build to compare: a binary, or a git revision that is built and kept."""
import hashlib
import os
import pathlib
import shutil
import struct
import subprocess

import datasets
import measured


def git(*words):
    done = subprocess.run(["git", "-C", str(measured.ROOT), *words], capture_output=True, text=True,
                          check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def build_revision(commit):
    """The program of a commit, built out of the tree in the cache; built once."""
    folder = datasets.folder().parent / "builds" / commit[:16]
    program = folder / "build/bin/bench"
    if program.exists():
        return program
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    archive = subprocess.Popen(["git", "-C", str(measured.ROOT), "archive", commit],
                               stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", str(folder)], stdin=archive.stdout, check=True)
    if archive.wait() != 0:
        raise measured.Failed(f"{commit}: git archive failed")
    build = str(folder / "build")
    for step in (["cmake", "-S", str(folder), "-B", build, "-DLR_TESTS=OFF", "-DLR_MICRO=OFF"],
                 ["cmake", "--build", build, f"-j{len(os.sched_getaffinity(0))}"]):
        done = subprocess.run(step, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            shutil.rmtree(folder)
            last = (done.stderr or done.stdout).strip().splitlines()[-1:]
            raise measured.Failed(f"{commit[:12]} does not build: {' '.join(last)}")
    return program


def find(name):
    """(program, what it is called): name is a path to a program, or a revision."""
    if "/" in name and os.access(name, os.X_OK):
        digest = hashlib.sha256(pathlib.Path(name).read_bytes()).hexdigest()[:12]
        return pathlib.Path(name).resolve(), f"{pathlib.Path(name).name} {digest}"
    commit = git("rev-parse", "--verify", "--quiet", name + "^{commit}")
    if commit is None:
        raise measured.Failed(f"{name}: neither a program (with its folder) nor a revision")
    return build_revision(commit), commit[:12]


def text_bytes(program):
    """The size of the section .text of a 64-bit ELF file (ELF-64 Object File Format, 1998)."""
    image = pathlib.Path(program).read_bytes()
    if image[:5] != b"\x7fELF\x02":
        raise measured.Failed(f"{program}: not a 64-bit ELF file")
    (at,) = struct.unpack_from("<Q", image, 40)
    size, n, names = struct.unpack_from("<3H", image, 58)
    sections = [struct.unpack_from("<2I4Q", image, at + i * size) for i in range(n)]
    start = sections[names][4]
    for name, _, _, _, _, length in sections:
        if image[start + name:start + name + 6] == b".text\0":
            return length
    raise measured.Failed(f"{program}: has no .text")
