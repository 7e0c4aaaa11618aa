"""measured.py: running a command and saying what it took; what was run, on what, and how it is kept.

A run is a whole process, from its start to its end. Seconds are wall time. Memory is the peak of the
whole process tree, looked at every few milliseconds; that disturbs, so timed runs do without it.
"""
import dataclasses
import datetime
import functools
import hashlib
import json
import math
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Failed(Exception):
    """A command that ended badly, or what it needs is not there."""


@dataclasses.dataclass
class Run:
    seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    status: int
    out: bytes
    err: bytes
    own_seconds: float  # CPU time of the harness itself meanwhile: at most so much did it add
    faults: int         # pages that were there already, but had to be mapped


def tree_rss_bytes(session):
    """The resident bytes of all processes of a session; 0 when there are none any more."""
    total = 0
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            with open(f"/proc/{entry.name}/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session:
            total += int(fields[21]) * os.sysconf("SC_PAGESIZE")
    return total


class Watch(threading.Thread):
    """Looks at the memory of a session until told to stop."""

    def __init__(self, session):
        super().__init__(daemon=True)
        self.session, self.peak, self.ended = session, 0, threading.Event()

    def run(self):
        while not self.ended.wait(0.01):
            self.peak = max(self.peak, tree_rss_bytes(self.session))


def kill_after(pid, seconds):
    """Returns when the process has ended; kills its session if that takes longer. A thread that waits with an
    alarm took 0.3 ms of each run."""
    fd = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(fd, select.POLLIN)
        if not ended.poll(seconds * 1000):
            os.killpg(pid, signal.SIGKILL)
    finally:
        os.close(fd)


def run(command, env=None, watch=False, timeout=3600):
    """Runs a command with an empty standard input. The output goes to files, so that nobody waits."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        actions = [(os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2),
                   (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
        environment = {**os.environ, **(env or {})}
        own, start = time.process_time(), time.perf_counter()
        pid = os.posix_spawnp(command[0], command, environment, file_actions=actions, setsid=True)
        watcher = Watch(pid) if watch else None
        if watcher:
            watcher.start()
        try:
            kill_after(pid, timeout)
            _, status, usage = os.wait4(pid, 0)
            seconds, own = time.perf_counter() - start, time.process_time() - own
        except BaseException:  # interrupted: nothing that was started goes on
            os.killpg(pid, signal.SIGKILL)
            raise
        peak = usage.ru_maxrss * 1024
        if watcher:
            watcher.ended.set()
            watcher.join()
            peak = max(peak, watcher.peak)
        out.seek(0)
        err.seek(0)
        return Run(seconds, usage.ru_utime + usage.ru_stime, peak,
                   os.waitstatus_to_exitcode(status), out.read(), err.read(), own, usage.ru_minflt)


def checked(command, **how):
    """run(), and a failure is one."""
    result = run(command, **how)
    if result.status != 0:
        last = result.err.decode(errors="replace").strip().splitlines()[-1:]
        raise Failed(f"{' '.join(command[:3])} ...: exit {result.status}: {' '.join(last)}")
    return result


def median(values):
    ordered, n = sorted(values), len(values)
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2


def statistics(samples):
    """Of positive samples; spread is the median distance to the median, as a share of it."""
    middle = median(samples)
    spread = median([abs(sample - middle) for sample in samples]) / middle
    return {"n": len(samples), "median": middle, "min": min(samples), "max": max(samples),
            "spread": spread}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))


def machine(bench):
    """What `bench machine` says: model, cores, limits; measures them the first time."""
    return json.loads(checked([bench, "machine", "--format", "json"]).out)


def build(bench):
    """The commit and the words of --version; null where the binary does not say."""
    version = run([bench, "--version"])
    text = version.out.decode(errors="replace").strip() if version.status == 0 else ""
    commit = subprocess.run(["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12"],
                            capture_output=True, text=True, check=False).stdout.strip()
    return {"commit": commit or None, "version": text or None}


@functools.lru_cache
def digest_of(path, size, changed):
    """The SHA-256 of a file; its size and the time of its last change say which one it is."""
    del size, changed
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def data(file, recipe=None):
    """A file as a record names it: never by its folder."""
    info = os.stat(file)
    return {"name": pathlib.Path(file).name, "recipe": recipe, "bytes": info.st_size,
            "sha256": digest_of(str(file), info.st_size, info.st_mtime_ns)}


def evict(file):
    """Drops a file from the page cache, as far as the system does so."""
    with open(file, "rb") as stream:
        os.fsync(stream.fileno())
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def settle(file):
    """Reads a file back from the disk, so that it lies in large folios of the page cache, as one that
    was read ahead does; one that was just written lies in small ones, and maps are slower over those."""
    evict(file)
    with open(file, "rb", buffering=0) as stream:
        buffer = bytearray(1 << 20)
        while stream.readinto(buffer):
            pass


class Others:
    """How much of the CPU other processes take, from here on."""
    def __init__(self):
        self.began, self.busy, self.own = time.monotonic(), self.busy_now(), self.own_now()

    @staticmethod
    def busy_now():
        """CPU seconds of all cores that were not idle, since the start of the machine; None: not known."""
        try:
            with open("/proc/stat", encoding="ascii") as file:
                user, nice, system, _, _, irq, soft, steal = map(int, file.readline().split()[1:9])
        except (OSError, ValueError):
            return None
        return (user + nice + system + irq + soft + steal) / os.sysconf("SC_CLK_TCK")

    @staticmethod
    def own_now():
        return sum(os.times()[:4])

    def share(self):
        """Of all that the cores could do since then; None: not known."""
        if self.busy is None:
            return None
        used = self.busy_now() - self.busy - (self.own_now() - self.own)
        return max(0.0, used / ((time.monotonic() - self.began) * os.cpu_count()))


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
