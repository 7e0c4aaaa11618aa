"""peaks.py: runs the command under tests/peak.c, which says how much of it was resident at most."""
import os
import subprocess

import harness

PEAK = os.path.abspath(os.environ.get("PEAK") or os.path.join(harness.BUILD, "tests", "peak"))
ALLOWED = 1.05  # what the kernel rounds


class Peak(harness.Done):
    """How the command ended, and its peak in KiB."""

    def __init__(self, status, out, err, kib):
        super().__init__(status, out, err)
        self.kib = kib


def run(*arguments, stdin=subprocess.DEVNULL, cwd=None, env=None):
    read, write = os.pipe()
    done = subprocess.run(["bash", "-c", 'exec "$@" 9>&%d' % write, "peak", PEAK, harness.BENCH,
                           *arguments],
                          stdin=stdin, capture_output=True, pass_fds=(write,), cwd=cwd,
                          env=harness.environment(**(env or {})), check=False)
    os.close(write)
    with os.fdopen(read) as pipe:
        kib = int(pipe.read() or 0)
    return Peak(done.returncode, done.stdout, done.stderr, kib)


def plan(name, arguments):
    """What asks for this plan; extract, schema and verify have none, but a budget."""
    return [] if arguments[0] in ("extract", "schema", "verify") else ["--plan=" + name]


def in_memory(kib, *arguments, **more):
    """The same in the memory plan, within so many KiB."""
    return run(*arguments, *plan("memory", arguments), "--memory=%dKiB" % kib, **more)


def smallest(*arguments, **more):
    """The smallest budget that the command names for these arguments, in KiB; None: it names none."""
    done = in_memory(64, *arguments, **more)
    return harness.named_budget(done.message()) if done.status == 4 and not done.out else None
