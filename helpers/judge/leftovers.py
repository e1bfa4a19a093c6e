"""The folder of a kernel's sockets, and what a judge that was killed has left of such folders.

A folder is in use while its lock is held, and the system lets go of the lock however the judge
ends. So the next judge knows which folders nobody uses, also beside others that run.
"""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from helpers.judge import memory_group

PLACE = Path("/tmp")  # a socket's path has at most 107 bytes
PREFIX = "judge-"
OLD = 600  # seconds; what is younger may be about to be used


@contextmanager
def socket_folder() -> Iterator[Path]:
    """A new folder that only this user can enter; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=PLACE))
    try:
        with locked(folder, fcntl.LOCK_EX):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(folder: Path, how: int = fcntl.LOCK_EX | fcntl.LOCK_NB) -> Iterator[int]:
    """Gives a descriptor of the folder.

    Raises: OSError where it is no folder of ours, or another process holds the lock.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, how)
        yield descriptor
    finally:
        os.close(descriptor)


@cache
def sweep() -> None:
    """Remove this user's folders that nobody uses, and empty memory groups; once in a process."""
    for folder in PLACE.glob(f"{PREFIX}*"):
        with suppress(OSError), locked(folder) as descriptor:
            there = os.fstat(descriptor)
            if there.st_uid == os.geteuid() and there.st_mtime < time.time() - OLD:
                shutil.rmtree(folder, ignore_errors=True)
    for group in memory_group.groups():
        with suppress(OSError):  # a group with processes in it stays
            if group.stat().st_mtime < time.time() - OLD:
                group.rmdir()
