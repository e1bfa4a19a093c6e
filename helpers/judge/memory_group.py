"""The system's own limit of memory (a control group), where the judge may make one.

It sees what a watchdog cannot: socket buffers, page tables, files in memory. Usually only root may.
Source: the Linux kernel's admin-guide, cgroup-v1/memory.rst and cgroup-v2.rst.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
NAME = "imagenet-course-"
SETTINGS_1 = {"memory.limit_in_bytes": None, "memory.memsw.limit_in_bytes": None}
SETTINGS_2 = {"memory.max": None, "memory.swap.max": 0, "memory.oom.group": 1}


class Group:
    """A group of processes whose memory the system bounds in sum."""

    def __init__(self, folder: Path):
        self._folder = folder

    def add(self, pid: int) -> None:
        (self._folder / "cgroup.procs").write_text(str(pid))

    def overrun(self) -> bool:
        """Whether the system has killed a process of it."""
        lines = []
        for name in ("memory.events", "memory.oom_control"):
            with suppress(OSError):
                lines += (self._folder / name).read_text().split("\n")
        return any(line.startswith("oom_kill ") and line != "oom_kill 0" for line in lines)


@contextmanager
def memory_group(limit: int) -> Iterator[Group | None]:
    """A group of at most `limit` bytes; None where this system does not allow one."""
    version_1 = (ROOT / "memory" / "memory.limit_in_bytes").is_file()
    folder = (ROOT / "memory" if version_1 else ROOT) / f"{NAME}{secrets.token_hex(4)}"
    try:
        folder.mkdir()
    except OSError:
        yield None
        return
    try:
        settings = SETTINGS_1 if version_1 else SETTINGS_2
        yield Group(folder) if bounded(folder, settings, limit) else None
    finally:
        remove(folder)


def groups() -> list[Path]:
    """The groups of this judge and of all others."""
    return [path for root in (ROOT, ROOT / "memory") for path in root.glob(f"{NAME}*")]


def bounded(folder: Path, settings: dict[str, int | None], limit: int) -> bool:
    """Write what there is of the settings; False where the first, the limit itself, is missing."""
    there = {name: value for name, value in settings.items() if (folder / name).is_file()}
    for name, value in there.items():
        (folder / name).write_text(str(limit if value is None else value))
    return next(iter(settings)) in there


def remove(folder: Path) -> None:
    """The system takes a moment to let go of processes that have ended."""
    for _ in range(100):
        with suppress(OSError):
            folder.rmdir()
            return
        time.sleep(0.02)
