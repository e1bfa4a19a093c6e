"""Starts bubblewrap with a kernel in it, held back until its limits are set.

The host binds the kernel's sockets in a folder of its own and hands in their descriptors. So the
sandbox needs no folder that both can write, and a student can neither replace a socket nor lead
the host elsewhere by a link.

Each kernel is a program of its own, so torch lies in memory twice: here and inside. Forking both
from one process that has torch took 615 MiB in place of 956 in a trial without any sandbox. It is
not built, because a fork inherits what a new program does not: the variables and arguments in its
parent's memory, the judge's addresses and the seed of its hashes; and because joining namespaces,
dropping rights and filters would then be our code in place of bubblewrap's. `start` is the one
place to change, and tests/attacks what must pass.
"""

import json
import os
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from helpers.judge import sandbox, seccomp
from helpers.judge.sandbox import Limits

PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "hb": 4, "control": 5}
LAUNCH = Path(__file__).with_name("launch.py")
# bubblewrap ends with the thread that started it, so that thread lives as long as the judge.
STARTER = ThreadPoolExecutor(1, "sandboxes")


@dataclass(frozen=True)
class Plan:
    """What a kernel is started with: `folder` takes the sockets, `uid` is None for a user."""

    limits: Limits
    library: Path
    folder: Path
    key: str
    uid: int | None


@dataclass(frozen=True)
class Started:
    """bubblewrap, running. A byte on `go` lets it go on; `ready` gives one when a kernel starts."""

    process: subprocess.Popen
    info: BinaryIO
    ready: BinaryIO
    go: BinaryIO


def start(plan: Plan, stack: ExitStack) -> Started:
    """Start it held back; `stack` closes the host's ends."""
    with ExitStack() as theirs:
        info, info_end = pipe(stack, theirs)
        ready, ready_end = pipe(stack, theirs)
        held, go = pipe(theirs, stack)
        sockets = {str(n): theirs.enter_context(listener(plan, n)) for n in PORTS.values()}
        options = sandbox.words(sandbox.options(plan.limits, plan.library))
        told = {
            "--args": theirs.enter_context(sandbox.file_of(options)),
            "--seccomp": theirs.enter_context(sandbox.file_of(seccomp.program())),
            "--info-fd": info_end,
            "--block-fd": held,
        }
        numbers = [word for name, file in told.items() for word in (name, str(file.fileno()))]
        python = [*sandbox.command(plan.uid), "-c", LAUNCH.read_text()]
        process = STARTER.submit(
            subprocess.Popen,
            [sandbox.bubblewrap(), *numbers, "--", *python, order(plan, sockets, ready_end)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[file.fileno() for file in (*told.values(), ready_end, *sockets.values())],
            cwd="/",
            env={},
        ).result()
    stack.enter_context(process.stdout)
    return Started(process, info, ready, go)


def order(plan: Plan, sockets: dict[str, socket.socket], ready: BinaryIO) -> str:
    """What `launch` is given."""
    given = {
        "limits": plan.limits.each_process(),
        "sockets": {port: listener.fileno() for port, listener in sockets.items()},
        "ready": ready.fileno(),
        "library": sandbox.COURSE,
        "ports": PORTS,
        "key": plan.key,
    }
    return json.dumps(given)


def pipe(readers: ExitStack, writers: ExitStack) -> tuple[BinaryIO, BinaryIO]:
    """Both ends of a pipe, each closed by its own stack."""
    reading, writing = os.pipe()
    return (
        readers.enter_context(open(reading, "rb", buffering=0)),
        writers.enter_context(open(writing, "wb", buffering=0)),
    )


def listener(plan: Plan, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    bound.bind(str(plan.folder / f"s-{port}"))
    bound.listen(8)
    return bound
