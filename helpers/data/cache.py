"""Arrays that are slow to make are made once, and mapped from disk from then on.

One folder an entry, named by the hash of everything that decides its content. A writer works
in a folder beside it, under a lock, and renames it when it is whole: a kill leaves no half entry.
"""

import hashlib
import json
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from platformdirs import user_cache_dir

Arrays = dict[str, np.ndarray]
LOCK_SECONDS = 1800


def folder() -> Path:
    """Where the cache lies: $COURSE_CACHE, else the user's own cache folder."""
    return Path(os.environ.get("COURSE_CACHE") or user_cache_dir("imagenet-course"))


def key(*parts: object) -> str:
    """A short name for an entry, from everything that decides its content."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:24]


def arrays(name: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of the entry `name`: read where they lie whole, else made by `make()`.

    Two processes that ask at once make it once. What was changed or cut short is made again.

    Raises:
        OSError: the cache folder cannot be written.
        TimeoutError: another process has held the entry for half an hour.
    """
    entry = folder() / name
    lock = FileLock(f"{entry}.lock", timeout=LOCK_SECONDS)
    try:
        with _writing(entry.parent):
            entry.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire()
    except Timeout:
        raise TimeoutError(
            f"another process holds {entry}.lock for more than {LOCK_SECONDS // 60} minutes; "
            "end it, or set COURSE_CACHE to another folder"
        ) from None
    try:
        if entry.exists():
            found = _read(entry)
            if found is not None:
                return found
            warnings.warn(f"the cache {entry} was damaged; it is made again", stacklevel=2)
            shutil.rmtree(entry)
        _write(entry, make())
        return _read(entry)
    finally:
        lock.release()


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except Timeout:
        raise
    except OSError as error:
        raise OSError(
            f"the cache folder {place} cannot be written ({error.strerror or error}); "
            "free some space or set COURSE_CACHE to another folder"
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "blake2b").hexdigest()


def _write(entry: Path, made: Arrays) -> None:
    beside = entry.with_name(entry.name + ".part")
    with _writing(entry.parent):
        shutil.rmtree(beside, ignore_errors=True)  # left by a kill
        try:
            beside.mkdir()
            for name, array in made.items():
                np.save(beside / f"{name}.npy", array)
            digests = {name: _digest(beside / f"{name}.npy") for name in made}
            (beside / "digests.json").write_text(json.dumps(digests))
            beside.rename(entry)
        except OSError:
            shutil.rmtree(beside, ignore_errors=True)
            raise


def _read(entry: Path) -> Arrays | None:
    try:
        digests = json.loads((entry / "digests.json").read_text())
        if any(_digest(entry / f"{name}.npy") != digest for name, digest in digests.items()):
            return None
        # copy-on-write: torch wants writable memory, and the file stays as it is
        return {name: np.load(entry / f"{name}.npy", mmap_mode="c") for name in digests}
    except (OSError, ValueError):
        return None
