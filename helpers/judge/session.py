"""A student's kernel as the judge uses it: cells are run, questions asked, time is kept."""

import ast
import select
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from jupyter_client.session import Session as Writer
from nbformat import NotebookNode

from helpers.judge.kernel import Kernel
from helpers.judge.messages import Message, read, written
from helpers.judge.outputs import Outputs
from helpers.judge.sandbox import Limits
from helpers.judge.start import PORTS
from helpers.judge.wire import Broken, Channel

KINDS = {"shell": "DEALER", "control": "DEALER", "iopub": "SUB"}
START_SECONDS = 30
GRACE_SECONDS = 3  # to end after an interrupt
PATIENCE = 4  # wall clock by processor time: other kernels run beside it, and a cell may wait
WAIT = 0.2
PAYLOAD = "_payload = get_ipython().kernel.get_parent('shell')['buffers'][0]"
REPLY = "__import__('comm').create_comm('reply', buffers=[{}])"


@dataclass(frozen=True)
class Deadline:
    """The moment on the wall clock, and the kernel's processor time, whichever comes first."""

    wall: float
    cpu: float


class Dead(Exception):
    """The kernel is gone; the text says why, for a student."""


class TooSlow(Exception):
    """A cell went past its time and was interrupted; the kernel lives. `outputs`: what came."""

    outputs: list[NotebookNode] = []  # noqa: RUF012


class NoReply(Exception):
    """The code of `ask` ended without a reply; the text is the kernel's, so not to be trusted."""


class Session:
    """One kernel in a fresh sandbox, from `with` to its end.

    Args:
        limits: what the notebook may use.
        library: a folder that Python inside finds at /course: the student edition, unpacked.

    Raises:
        Refused: no sandbox can be had here.
        Dead: the kernel does not answer.
    """

    def __init__(self, limits: Limits = Limits(), *, library: Path):  # noqa: B008
        self._limits, self._library = limits, library
        self._over = ""

    def __enter__(self) -> "Session":
        with ExitStack() as stack:
            self._kernel = Kernel(self._limits, self._library)
            stack.callback(self._kernel.close)
            self._writer = Writer(key=self._kernel.key.encode())
            self._channels = {name: self._connect(name, stack) for name in KINDS}
            self._notebook_ends = time.monotonic() + self._limits.notebook_seconds
            self._greet()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def execute(self, code: str) -> list[NotebookNode]:
        """Run a cell; an exception in it is an output of type `error`.

        Args:
            code: the cell.

        Returns: nbformat's outputs, at most `Limits.output_bytes` and a line that says so.

        Raises:
            TooSlow: it was interrupted at its time.
            Dead: the kernel is gone.
        """
        outputs = Outputs(self._limits.output_bytes)
        try:
            self._run({"code": code, "store_history": True}, [], outputs.take)
        except TooSlow as slow:
            slow.outputs = outputs.gathered()
            raise
        return outputs.gathered()

    def ask(self, code: str, payload: bytes = b"") -> bytes:
        """Run trusted code in the kernel, and get the bytes that its last expression gives.

        The code finds `payload` as `_payload`, a view of bytes, and the student's names beside it.
        The reply is whatever a student made of it: at most `Limits.message_bytes` long, nothing
        else is sure.

        Raises:
            NoReply: the code ended without bytes, by an exception or because a student broke it.
            TooSlow: it was interrupted at its time.
            Dead: the kernel is gone.
        """
        *body, value = ast.parse(code).body
        lines = [PAYLOAD, *map(ast.unparse, body), REPLY.format(ast.unparse(value))]
        last = {"error": b"no reply came"}  # one of each, or many would fill the judge's memory

        def take(message: Message) -> None:
            if message.kind == "comm_open" and len(message.buffers) == 1:
                last["reply"] = message.buffers[0]
            if message.kind == "error" and message.content:
                error = f"{message.content.get('ename')}: {message.content.get('evalue')}"
                last["error"] = error[:500].encode()

        self._run({"code": "\n".join(lines), "silent": True}, [payload], take)
        if "reply" not in last:
            raise NoReply(last["error"].decode())
        return last["reply"]

    def _connect(self, name: str, stack: ExitStack) -> Channel:
        path = str(self._kernel.folder / f"s-{PORTS[name]}")
        try:
            channel = Channel(path, KINDS[name], self._limits.message_bytes)
        except (Broken, EOFError, OSError):
            self._die(self._kernel.cause())
        stack.callback(channel.close)
        return channel

    def _greet(self) -> None:
        """Ask for the kernel's info until it is heard on iopub, which misses what came before."""
        late = time.monotonic() + START_SECONDS
        while time.monotonic() < late:
            self._send("shell", "kernel_info_request", {})
            if any(message.kind == "status" for message in self._receive()):
                return
        self._die("did not answer at its start")

    def _run(self, asked: dict, buffers: list[bytes], take: Callable[[Message], None]) -> None:
        """Have code run, and give `take` every message that answers it."""
        seconds = self._limits.cell_seconds
        content = {"allow_stdin": False, "stop_on_error": False, **asked}
        request = self._send("shell", "execute_request", content, buffers)
        deadline = self._deadline(seconds)
        ended, interrupted = set(), False
        while ended != {"reply", "idle"}:
            for message in self._receive():
                if message.request == request:
                    take(message)
                    ended |= end_of(message)
            if not self._passed(deadline):
                continue
            if "reply" in ended:
                break
            self._interrupt(again=interrupted)
            interrupted, deadline = True, self._deadline(GRACE_SECONDS)
        if interrupted:
            raise TooSlow(f"It ran for more than {seconds:g} seconds.")

    def _deadline(self, seconds: float) -> Deadline:
        wall = min(time.monotonic() + PATIENCE * seconds, self._notebook_ends)
        return Deadline(wall, self._kernel.cpu_seconds() + seconds)

    def _passed(self, deadline: Deadline) -> bool:
        return time.monotonic() > deadline.wall or self._kernel.cpu_seconds() > deadline.cpu

    def _interrupt(self, *, again: bool) -> None:
        if time.monotonic() > self._notebook_ends:
            self._die(f"took more than {self._limits.notebook_seconds:g} seconds for all cells")
        if again:
            self._die("went on when it was interrupted for taking too long")
        self._send("control", "interrupt_request", {})

    def _send(self, channel: str, kind: str, content: dict, buffers: list[bytes] = ()) -> str:
        """Send a request; gives its id."""
        if self._over:
            raise Dead(self._over)
        request, parts = written(self._writer, kind, content, buffers)
        try:
            self._channels[channel].send(parts)
        except OSError:
            self._die(self._kernel.cause())
        return request

    def _receive(self) -> list[Message]:
        """What has come by now, after a moment of waiting."""
        ready, _, _ = select.select(self._channels.values(), [], [], WAIT)
        if not ready and not self._kernel.running:
            self._die(self._kernel.cause())
        try:
            return [read(parts) for channel in ready for parts in channel.receive()]
        except Broken as broken:
            self._die(str(broken))
        except (EOFError, OSError):
            self._die(self._kernel.cause())

    def _die(self, why: str) -> NoReturn:
        self._kernel.end(why)
        self._over = f"The kernel {why}."
        raise Dead(self._over)


def end_of(message: Message) -> set[str]:
    """Which of the two ends of a request the message is."""
    if message.kind == "execute_reply":
        return {"reply"}
    state = (message.content or {}).get("execution_state")
    return {"idle"} if message.kind == "status" and state == "idle" else set()
