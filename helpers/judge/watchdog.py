"""Memory, processor time and files of a whole sandbox, looked at 20 times a second.

The system's limits hold one process each; these hold all of them together. The processes are
listed by the sandbox's own /proc, so it is exactly they.
"""

import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event, Thread

from helpers.judge.sandbox import MIB, SCRATCH, Limits

PERIOD = 0.05  # seconds
QUICK = ("RssAnon:", "RssShmem:", "VmSwap:")  # kB in /proc/N/status; shared pages count often
EXACT = ("Pss_Anon:", "Pss_Shmem:", "SwapPss:")  # kB in smaps_rollup; 5 ms a process with torch
TICKS = os.sysconf("SC_CLK_TCK")


class Inside:
    """The files of a sandbox as the host sees them, by the process id of its first process."""

    def __init__(self, pid: int):
        self._root = os.open(f"/proc/{pid}/root", os.O_PATH | os.O_DIRECTORY)
        self._opener = partial(os.open, dir_fd=self._root)

    def close(self) -> None:
        os.close(self._root)

    def memory(self, enough: int) -> int:
        """Bytes in use; counted exactly only where a quick count exceeds `enough`.

        Processes that fork meanwhile make a count too high, so the lower of two is taken.
        """
        quick = sum(self._sum(pid, "status", QUICK) for pid in self._processes())
        return quick if quick <= enough else min(self._exactly(), self._exactly())

    def cpu_seconds(self) -> float:
        """Processor time of all that live, and of the ended ones that their parents waited for."""
        ticks = 0
        for pid in self._processes():
            after_name = self._read(pid, "stat").rpartition(")")[2].split()  # a name may hold ")"
            ticks += sum(int(number) for number in after_name[11:15])
        return ticks / TICKS

    def scratch_files(self) -> int:
        """The number of files in the fullest scratch folder."""
        return max(self._files(folder) for folder in SCRATCH)

    def _files(self, folder: str) -> int:
        descriptor = os.open(folder[1:], os.O_PATH | os.O_DIRECTORY, dir_fd=self._root)
        try:
            there = os.statvfs(descriptor)
        finally:
            os.close(descriptor)
        return there.f_files - there.f_ffree

    def _processes(self) -> list[str]:
        proc = os.open("proc", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._root)
        try:
            return [name for name in os.listdir(proc) if name.isdigit()]
        finally:
            os.close(proc)

    def _exactly(self) -> int:
        return sum(self._share(pid) for pid in self._processes())

    def _share(self, pid: str) -> int:
        try:
            return self._sum(pid, "smaps_rollup", EXACT)
        except PermissionError:
            return self._sum(pid, "status", QUICK)

    def _sum(self, pid: str, name: str, fields: tuple[str, ...]) -> int:
        lines = [line.split() for line in self._read(pid, name).splitlines()]
        return sum(int(line[1]) << 10 for line in lines if line and line[0] in fields)

    def _read(self, pid: str, name: str) -> str:
        """A file of a process; empty where the process has ended."""
        try:
            with open(f"proc/{pid}/{name}", errors="replace", opener=self._opener) as file:
                return file.read()
        except (FileNotFoundError, ProcessLookupError):
            return ""


class Watchdog(Thread):
    """Calls `end` with a sentence about the first limit that is exceeded."""

    def __init__(self, pid: int, limits: Limits, end: Callable[[str], None]):
        super().__init__(name="watchdog", daemon=True)
        self.inside, self._limits, self._end = Inside(pid), limits, end
        self._stop_asked = Event()

    def run(self) -> None:
        while not self._stop_asked.wait(PERIOD):
            with suppress(OSError):  # processes and folders vanish when a sandbox ends
                if sentence := breach(self.inside, self._limits):
                    self._end(sentence)
                    return

    def stop(self) -> None:
        self._stop_asked.set()
        self.join()
        self.inside.close()


def breach(inside: Inside, limits: Limits) -> str:
    """A sentence about the limit that is exceeded, or an empty one."""
    if inside.memory(limits.memory_mib * MIB) > limits.memory_mib * MIB:
        return too_much_memory(limits)
    if inside.cpu_seconds() > limits.cpu_seconds:
        return f"used more than {limits.cpu_seconds:,} seconds of processor time"
    if inside.scratch_files() > limits.scratch_files:
        return f"made more than {limits.scratch_files:,} files"
    return ""


def too_much_memory(limits: Limits) -> str:
    return f"used more than {limits.memory_mib:,} MiB of memory"
