"""Starts a sandbox by bubblewrap, and a kernel in it that is forked from the zygote.

The host binds the kernel's sockets in a folder of its own and hands in their descriptors. So the
sandbox needs no folder that both can write, and a student can neither replace a socket nor lead
the host elsewhere by a link.

bubblewrap starts a holder, a process that does nothing. The kernel's process enters its
namespaces and drops its rights by our code; so it is let go only once the system shows that it
stands exactly as the holder does.
"""

import json
import os
import select
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import psutil

from helpers.judge import preload, sandbox, seccomp
from helpers.judge.sandbox import Limits

START_SECONDS = 60
PORTS = {"shell": 1, "iopub": 2, "stdin": 3, "hb": 4, "control": 5}
HOLDER = "import os, signal, sys; os.write(int(sys.argv[1]), b'1'); signal.pause()"
# bubblewrap ends with the thread that started it, so that thread lives as long as the judge.
STARTER = ThreadPoolExecutor(1, "sandboxes")
NAMESPACES = {  # Linux, linux/sched.h
    "cgroup": 0x02000000,
    "ipc": 0x08000000,
    "mnt": 0x00020000,
    "net": 0x40000000,
    "pid": 0x20000000,
    "user": 0x10000000,
    "uts": 0x04000000,
}
RIGHTS = ("Uid", "Gid", "Groups", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs")
RIGHTS += ("Seccomp", "Seccomp_filters")


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
    """bubblewrap, running. Inside, all is written to `say` and comes from `said`."""

    process: subprocess.Popen
    said: BinaryIO
    say: BinaryIO
    info: BinaryIO
    ready: BinaryIO

    def first(self) -> int:
        """The process id of the sandbox's first process, once its holder runs. Raises Silent."""
        info = self.info.read()
        if not info or not one_byte(self.ready):
            raise Silent
        return json.loads(info)["child-pid"]


class Silent(Exception):
    """A process did not start; what the sandbox has said may tell why."""


def start(plan: Plan, stack: ExitStack) -> Started:
    """Start a sandbox with a holder; `stack` closes the host's ends."""
    said, say = pipe(stack, stack)
    with ExitStack() as theirs:
        info, info_end = pipe(stack, theirs)
        ready, ready_end = pipe(stack, theirs)
        options = sandbox.words(sandbox.options(plan.limits, plan.library))
        told = {
            "--args": theirs.enter_context(sandbox.file_of(options)),
            "--seccomp": theirs.enter_context(sandbox.file_of(seccomp.program())),
            "--info-fd": info_end,
        }
        numbers = [word for name, file in told.items() for word in (name, str(file.fileno()))]
        holder = [*sandbox.command(plan.uid), "-S", "-c", HOLDER, str(ready_end.fileno())]
        process = STARTER.submit(
            subprocess.Popen,
            [sandbox.bubblewrap(), *numbers, "--", *holder],
            stdin=subprocess.DEVNULL,
            stdout=say,
            stderr=subprocess.STDOUT,
            pass_fds=[file.fileno() for file in (*told.values(), ready_end)],
            cwd="/",
            env={},
        ).result()
    return Started(process, said, say, info, ready)


class Forked:
    """A process forked from the zygote into the sandbox whose first process is `first`.

    It waits for the judge's word twice: before it drops its rights, before it starts the
    kernel. `ended` becomes readable when it ends.

    Raises: Silent, here and in `go`.
    """

    def __init__(self, plan: Plan, first: int, say: BinaryIO, stack: ExitStack):
        self._holder = psutil.Process(first).children()[0].pid
        with ExitStack() as theirs:
            self._channel, its = map(stack.enter_context, preload.pair())
            theirs.callback(its.close)
            theirs.callback(say.close)
            preload.fork(preload.KERNEL, its)
            sandboxed = os.pidfd_open(self._holder)
            theirs.callback(os.close, sandboxed)
            sockets = [theirs.enter_context(listener(plan, port)) for port in PORTS.values()]
            given = [sandboxed, say.fileno(), *(listener.fileno() for listener in sockets)]
            self._channel.settimeout(START_SECONDS)
            try:
                socket.send_fds(self._channel, [order(plan, self._holder)], given)
                said, (self.ended,), _, _ = socket.recv_fds(self._channel, 64, 1)
            except (OSError, ValueError):
                raise Silent from None
        stack.callback(os.close, self.ended)
        self.pid = int(said)

    def go(self) -> None:
        """Let it drop its rights, look at it, and let it start the kernel.

        Raises: Refused where it does not stand as the holder does.
        """
        self._word("bound")
        if differs := differences(self.pid, self._holder):
            fault = f"its process differs from the sandbox's own in {', '.join(differs)}"
            raise sandbox.Refused(f"No kernel starts in the sandbox: {fault}")
        self._word("started")

    def _word(self, answer: str) -> None:
        """Give the word and wait for the answer."""
        try:
            self._channel.send(b"1")
            if self._channel.recv(64) == answer.encode():
                return
        except OSError:
            pass
        raise Silent


def differences(one: int, other: int) -> list[str]:
    """In what of namespaces, root and rights two processes differ."""
    apart = [name for name in NAMESPACES if namespace(one, name) != namespace(other, name)]
    roots = [os.stat(f"/proc/{pid}/root") for pid in (one, other)]
    rights = [standing(pid) for pid in (one, other)]
    apart += [] if os.path.samestat(*roots) else ["root"]
    return apart + [name for name in RIGHTS if rights[0].get(name) != rights[1].get(name)]


def namespace(pid: int, name: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{name}")


def standing(pid: int) -> dict[str, str]:
    """The lines of /proc/PID/status, by their names."""
    lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def order(plan: Plan, holder: int) -> bytes:
    """What the forked process is given."""
    mine = os.getpid()
    others = [n for n in NAMESPACES if namespace(holder, n) != namespace(mine, n)]
    given = {
        "namespaces": sum(NAMESPACES[name] for name in others),
        "home": sandbox.HOME,
        "limits": plan.limits.each_process(),
        "uid": plan.uid,
        "filter": seccomp.program().hex(),
        "library": sandbox.COURSE,
        "ports": PORTS,
        "key": plan.key,
    }
    return json.dumps(given).encode()


def one_byte(file: BinaryIO) -> bytes:
    """A byte, or none where the other end is closed or START_SECONDS have passed."""
    came, _, _ = select.select([file], [], [], START_SECONDS)
    return file.read(1) if came else b""


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
