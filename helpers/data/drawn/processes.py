"""The rows of a part from several drawing processes (`worker.py`), one for each processor."""

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen

import numpy as np
from numpy import ndarray

Record = tuple[ndarray, ndarray, ndarray]
MOST = 8  # processes; more would wait for the one that reads


def usable() -> int:
    """How many processes are worth starting: the processors that this one may use, up to 8."""
    if hasattr(os, "sched_getaffinity"):
        return min(MOST, len(os.sched_getaffinity(0)))
    return min(MOST, os.cpu_count() or 1)


def draw(job: tuple[str, int, int, int], rows: int, take: Callable[[int, Record], None]) -> None:
    """Call `take(row, record)` for every row, from several threads, in no order.

    Args:
        job: part, pictures a class, size, seed.
        rows: how many rows the part has.

    Raises:
        OSError: a process cannot be started.
        RuntimeError: a process ended before its last row.
    """
    count = usable()
    with ExitStack() as stack:
        workers = [stack.enter_context(_start(job, k, count)) for k in range(count)]
        pool = stack.enter_context(ThreadPoolExecutor(count))
        stack.callback(_end, workers)  # before the pool waits for its threads
        shares = [range(k, rows, count) for k in range(count)]
        for _ in pool.map(lambda w, share: _read(w, share, job[2], take), workers, shares):
            pass


def _start(job: tuple, first: int, step: int) -> Popen:
    script = Path(__file__).with_name("worker.py")
    words = [sys.executable, str(script), *map(str, (*job, first, step))]
    return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=PIPE, stderr=PIPE)


def _end(workers: list[Popen]) -> None:
    for worker in workers:
        worker.kill()


def _read(worker: Popen, rows: range, size: int, take: Callable[[int, Record], None]) -> None:
    for row in rows:
        data = worker.stdout.read(4 * size * size + 64)
        if len(data) < 4 * size * size + 64:
            raise RuntimeError(f"a drawing process ended early: {worker.stderr.read().decode()}")
        take(row, _record(data, size))


def _record(data: bytes, size: int) -> Record:
    """The inverse of what `worker.main` writes: image, mask, boxes."""
    pixels = np.frombuffer(data, np.uint8, 4 * size * size).reshape(4, size, size)
    return pixels[:3], pixels[3], np.frombuffer(data, np.int64, 8, 4 * size * size).reshape(2, 4)
