"""Verdicts from a process of their own, which stands between nbgrader and the student's kernel.

It is forked from the zygote, as the kernels are, so that torch lies in memory once; the process of
nbgrader never loads torch. Both sides are ours and trust each other.
"""

import json
import os
import select
import signal
import socket
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import nbformat
from nbformat import NotebookNode

from helpers.judge import preload
from helpers.judge.sandbox import Limits, Refused


@dataclass(frozen=True)
class Job:
    """What is to be judged: `notebook` as text, `solution` and `library` as paths."""

    notebook: str
    solution: str
    library: str
    seed: int
    bare: bool


def verdicts(job: Job) -> tuple[NotebookNode, dict[str, dict]]:
    """The notebook with its outputs, and of each exercise `credit` and `text`.

    Raises:
        Refused: no sandbox can be had here.
        RuntimeError: the judge stopped, as where the solution fails its own check.
    """
    try:
        reply = begun().ask(asdict(job))
    except (OSError, ValueError):
        begun.cache_clear()
        raise RuntimeError("the judge stopped without a verdict") from None
    if "refused" in reply:
        raise Refused(reply["refused"])
    if "failed" in reply:
        raise RuntimeError(reply["failed"])
    return nbformat.reads(reply["notebook"], as_version=4), reply["verdicts"]


@cache
def begun() -> "Judge":
    return Judge()


class Judge:
    """The judge's process, seen from that of nbgrader; it ends with it."""

    def __init__(self):
        channel, its = socket.socketpair()
        with its:
            preload.fork(preload.JUDGE, its)
        socket.send_fds(channel, [b"j"], [2, preload.shared().fileno()])
        self._file = channel.makefile("rw")
        channel.close()  # the file keeps it open
        path = [os.path.abspath(path) for path in sys.path]
        told = {"environment": dict(os.environ), "folder": os.getcwd(), "path": path}
        self._say(told | {"asker": os.getpid()})

    def ask(self, job: dict) -> dict:
        """Its reply. Raises OSError or ValueError where there is none."""
        self._say(job)
        return json.loads(self._file.readline())

    def _say(self, what: dict) -> None:
        self._file.write(json.dumps(what) + "\n")
        self._file.flush()


def serve(file, zygote: socket.socket, asker: int) -> None:
    """What the judge's process does: a reply for each job, also where it fails."""
    Thread(target=end_with, args=[os.pidfd_open(asker)], daemon=True).start()
    preload.share(zygote)
    for line in file:
        try:
            reply = replied(Job(**json.loads(line)))
        except Refused as refused:
            reply = {"refused": str(refused)}
        except Exception as error:
            reply = {"failed": f"{type(error).__name__}: {error}"}
        file.write(json.dumps(reply) + "\n")
        file.flush()


def end_with(asker: int) -> None:
    """Who asked may be killed: then nobody waits for the reply, and sandboxes end with this."""
    select.select([asker], [], [])
    os.kill(os.getpid(), signal.SIGKILL)


def replied(job: Job) -> dict:
    """The reply. All questions are answered by the reference first, in a process that then ends,
    so that what this took is free again when the student's kernel runs."""
    from helpers.judge.bare import BareSession
    from helpers.judge.judge import Trial, exercises
    from helpers.judge.session import Session

    notebook = nbformat.reads(job.notebook, as_version=4)
    names = list(exercises(notebook))
    with ProcessPoolExecutor(1, get_context("fork")) as apart:
        found = apart.submit(references, names, job.solution, job.seed).result()
    opened = partial(BareSession if job.bare else Session, Limits(), library=Path(job.library))
    trial = Trial(notebook, opened, lambda name: lambda key, ask: found[name][key], job.seed)
    told = {name: {"credit": v.credit, "text": v.text} for name, v in trial.run().items()}
    return {"notebook": nbformat.writes(notebook), "verdicts": told}


def references(names: list[str], solution: str, seed: int) -> dict[str, dict]:
    """The right replies to every question of these exercises."""
    from helpers.judge import reference

    solved = reference.read(Path(solution))
    return {name: reference.replies(name, solved, seed) for name in names}
