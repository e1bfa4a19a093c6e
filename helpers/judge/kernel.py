"""The life of one kernel in one sandbox, to the death of its last process."""

import os
import secrets
import select
import signal
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Thread
from typing import NoReturn

from helpers.judge import leftovers, sandbox
from helpers.judge.lodgers import lodger
from helpers.judge.memory_group import memory_group
from helpers.judge.sandbox import MIB, Limits, Refused
from helpers.judge.start import Forked, Plan, Silent, Started, start
from helpers.judge.watchdog import Watchdog, too_much_memory

END_SECONDS = 10
SPARE = 256 * MIB  # page tables, sockets and pipes, which only the system's own limit counts
KEPT = 4096  # bytes of what the sandbox says, for the error where it does not start


class Kernel:
    """A running kernel. `folder` holds its sockets, `s-` and a port; `key` signs its messages.

    Args:
        limits: what it may use.
        library: the folder whose content is seen at /course, where Python finds it.

    Raises:
        Refused: no sandbox can be had here, or no kernel starts in it.
    """

    def __init__(self, limits: Limits, library: Path):
        sandbox.probe()
        leftovers.sweep()
        self.key = secrets.token_hex(16)
        self._limits, self._why, self._said = limits, "", b""
        with ExitStack() as stack:
            self.folder = stack.enter_context(leftovers.socket_folder())
            self._group = stack.enter_context(memory_group(most_memory(limits)))
            uid = stack.enter_context(lodger())
            plan = Plan(limits, library, self.folder, self.key, uid)
            self._let_go(plan, start(plan, stack), stack)
            self.close = stack.pop_all().close

    @property
    def running(self) -> bool:
        return not self._gone(0)

    def cpu_seconds(self) -> float:
        """Processor time of all processes inside; 0 once they are gone."""
        with suppress(OSError):
            return self._watchdog.inside.cpu_seconds()
        return 0.0

    def end(self, why: str = "") -> None:
        """Kill every process inside and wait until they are gone; the first reason stays."""
        self._why = self._why or why
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._first, signal.SIGKILL)
        select.select([self._first], [], [], END_SECONDS)
        self._process.wait()

    def cause(self) -> str:
        """Why the kernel is gone: what follows in a sentence after "the kernel"."""
        self.end("" if self._gone(2) else "closed its connection")
        if self._group and self._group.overrun():
            return too_much_memory(self._limits)
        return self._why or "ended itself"

    def _gone(self, seconds: float) -> bool:
        """Whether the kernel's process ends within this time."""
        return bool(select.select([self._kernel.ended], [], [], seconds)[0])

    def _let_go(self, plan: Plan, started: Started, stack: ExitStack) -> None:
        """Have the kernel's process forked into the sandbox and put under its limits."""
        self._process = started.process
        drain = Thread(target=self._drain, args=[started.said.fileno()], name="drain", daemon=True)
        drain.start()
        stack.callback(drain.join)
        stack.callback(started.process.wait)
        stack.callback(started.process.kill)
        stack.callback(started.say.close)
        try:
            pid = started.first()
            self._first = os.pidfd_open(pid)
            stack.callback(os.close, self._first)
            stack.callback(self.end)
            self._kernel = Forked(plan, pid, started.say, stack)
            for member in (pid, self._kernel.pid) if self._group else ():
                self._group.add(member)
            self._kernel.go()
        except Silent:
            self._fail(started, drain)
        self._watchdog = Watchdog(pid, self._limits, self.end)
        stack.callback(self._watchdog.stop)
        self._watchdog.start()

    def _drain(self, descriptor: int) -> None:
        """Take what the sandbox says, or it would stop at a full pipe."""
        while said := os.read(descriptor, KEPT):
            self._said = (self._said + said)[-KEPT:]

    def _fail(self, started: Started, drain: Thread) -> NoReturn:
        self._process.kill()
        started.say.close()
        drain.join()
        said = " ".join(self._said.decode(errors="replace").split())[-300:]
        raise Refused(f"No kernel starts in the sandbox: {said or 'it says nothing'}")


def most_memory(limits: Limits) -> int:
    """Bytes for the system's own limit, which also counts the scratch folders."""
    return (limits.memory_mib + len(sandbox.SCRATCH) * limits.scratch_mib) * MIB + SPARE
