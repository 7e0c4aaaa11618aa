"""peer_env.py: the Python that has the peers, made once of pinned wheels, outside the tree."""
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent


def cache():
    base = os.environ.get("XDG_CACHE_HOME", "")
    return pathlib.Path(base if os.path.isabs(base) else pathlib.Path.home() / ".cache") / "linerate"


def python():
    """The interpreter of the environment; made if it is not there. None: it cannot be made here."""
    pins = (HERE / "requirements.txt").read_bytes()
    folder = cache() / f"peers-{hashlib.sha256(pins).hexdigest()[:8]}"
    folder = pathlib.Path(os.environ.get("BENCH_PEERS_ENV") or folder)
    if (folder / "made").exists():
        return str(folder / "bin/python")

    print(f"making the peers' environment in {folder} (1.5 GB, once)", file=sys.stderr)
    pip = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--prefer-binary",
           "--disable-pip-version-check", "-r", str(HERE / "requirements.txt")]
    try:
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        subprocess.run(pip, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        shutil.rmtree(folder, ignore_errors=True)
        print(f"SKIPPED: no environment for the peers: {error}", file=sys.stderr)
        return None
    (folder / "made").touch()
    return str(folder / "bin/python")
