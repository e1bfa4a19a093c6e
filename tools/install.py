"""Fills .venv: level `pages` (no torch) or `all`; a second call finds its stamp and does nothing.

Called by tools/environment.py with any Python from 3.11, so it uses the standard library only.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NEEDED_GB = {"pages": 1.0, "all": 9.0}  # on disk while installing; all: torch's CUDA build
NEEDED_GB_CPU = 3.0
TIDYING_GB = 1.0  # where torch is there already
NO_SPACE = ("No space left on device", "Disk quota exceeded")
NO_INDEX = (
    *("No matching distribution found", "Could not find a version", "NewConnectionError"),
    *("Failed to establish a new connection", "Temporary failure in name resolution"),
    *("Max retries exceeded", "ProxyError", "ReadTimeoutError", "Network is unreachable"),
)


class Problem(Exception):
    """A missing prerequisite; its text is the sentence that the person gets."""


def requirements(level: str, root: Path) -> list[str]:
    """The requirements of a level as pyproject.toml lists them."""
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    groups = project["dependency-groups"]
    if level == "pages":
        return groups["pages"]
    return project["project"]["dependencies"] + [r for group in groups.values() for r in group]


def fingerprint(root: Path) -> str:
    """Changes with the lists, and with the folder: scripts in .venv hold its path."""
    texts = [(root / name).read_bytes() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256(b"\0".join([*texts, os.fsencode(root / ".venv")])).hexdigest()


def stamp(level: str, root: Path) -> Path:
    return root / ".venv" / f"course-{level}.stamp"


def current(level: str, root: Path) -> bool:
    """Whether .venv holds the level as the lists have it now; `all` includes `pages`."""
    if not python(root).exists():
        return False
    found = [s for s in {stamp(level, root), stamp("all", root)} if s.is_file()]
    return any(s.read_text("utf-8") == fingerprint(root) for s in found)


def python(root: Path) -> Path:
    return root / ".venv" / "bin" / "python"


def make_venv(root: Path) -> None:
    """Make .venv, or make it again where it does not work or came from another folder."""
    folder, log = root / ".venv", root / ".venv" / "install.log"
    probe = "import pip, sys; sys.exit(sys.version_info < (3, 11) or sys.prefix != sys.argv[1])"
    with contextlib.suppress(OSError):
        if subprocess.run([python(root), "-c", probe, folder], capture_output=True).returncode == 0:
            return
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", folder], capture_output=True, text=True
    )
    if made.returncode:
        raise Problem(no_venv(made.stdout + made.stderr))
    log.touch()


def no_venv(said: str) -> str:
    """Why there is no virtual environment, in a sentence."""
    if any(word in said for word in NO_SPACE):
        return f"The disk is full: making {ROOT / '.venv'} failed; free some space and try again."
    if "ensurepip" in said or "No module named venv" in said:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return (
            f"{sys.executable} cannot make a virtual environment; install its venv module "
            f"(Debian, Ubuntu: sudo apt install python{version}-venv) and try again."
        )
    return f"Making .venv with {sys.executable} failed: {(said.strip().splitlines() or ['?'])[-1]}"


def check_space(level: str, root: Path) -> None:
    """Raises: Problem where the disk is too small for what is still to be installed."""
    free = shutil.disk_usage(root).free / 1e9
    needed = NEEDED_GB_CPU if level == "all" and os.environ.get("TORCH_INDEX") else NEEDED_GB[level]
    if any((root / ".venv").glob("lib/*/site-packages/torch")):
        needed = TIDYING_GB
    if free < needed:
        raise Problem(
            f"Installing `{level}` needs {needed:.1f} GB and {root} has {free:.1f} GB free; "
            "free some space and try again."
        )


def pip_install(level: str, root: Path) -> None:
    """Install the level's requirements; what pip says goes to .venv/install.log."""
    log = root / ".venv" / "install.log"
    command = [python(root), "-m", "pip", "install", "--no-input", "--retries", "2"]
    command += ["--disable-pip-version-check", "-c", root / "constraints.txt"]
    if os.environ.get("TORCH_INDEX"):
        command += ["--extra-index-url", os.environ["TORCH_INDEX"]]
    command += requirements(level, root)
    if level == "all":
        command += ["-e", root]
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, cwd=root)
    if done.returncode:
        raise Problem(no_package(log))


def no_package(log: Path) -> str:
    """Why pip failed, in a sentence that names its log."""
    said = log.read_text("utf-8", errors="replace")
    if any(word in said for word in NO_SPACE):
        return f"The disk became full while installing; free some space and try again ({log})."
    if any(word in said for word in NO_INDEX):
        return (
            "pip could not get a package: is there a network, and does a package index answer? "
            f"Its words are in {log}; try again when it does."
        )
    errors = [line for line in said.splitlines() if line.startswith("ERROR")] or ["no reason given"]
    return f"pip failed ({errors[-1]}); its words are in {log}."


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Let two makes at once install one after the other."""
    import fcntl

    with (root / ".venv.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(level: str, root: Path) -> None:
    """Raises: Problem with one sentence where a prerequisite is missing."""
    if current(level, root):
        return
    with alone(root):
        if current(level, root):
            return
        check_space(level, root)
        make_venv(root)
        for known in NEEDED_GB:
            stamp(known, root).unlink(missing_ok=True)
        print(f"installing `{level}` into .venv (log: .venv/install.log)", flush=True)
        pip_install(level, root)
        stamp(level, root).write_text(fingerprint(root), "utf-8")


def main(arguments: list[str], root: Path = ROOT) -> int:
    if len(arguments) != 1 or arguments[0] not in NEEDED_GB:
        print(f"say one of: {', '.join(NEEDED_GB)}", file=sys.stderr)
        return 2
    try:
        install(arguments[0], root)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0
