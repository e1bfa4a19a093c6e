"""The way to the zygote: one for a process and the judges that it has forked."""

import atexit
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from helpers.judge.sandbox import VARIABLES, Refused

TEXT = Path(__file__).with_name("zygote.py").read_text()
KERNEL, JUDGE = b"k", b"j"
_zygote: socket.socket | None = None


def fork(kind: bytes, channel: socket.socket) -> None:
    """Have a kernel's or a judge's process forked, which listens on `channel`."""
    for _ in range(2):  # it may have been killed
        with suppress(OSError):
            socket.send_fds(shared(), [kind], [channel.fileno()])
            return
        share(None)
    raise Refused("No kernel starts in the sandbox: the process that starts them has ended")


def shared() -> socket.socket:
    """The way to this process's zygote; to hand it to a judge that is forked from it."""
    global _zygote
    _zygote = _zygote or spawned()
    return _zygote


def share(zygote: socket.socket | None) -> None:
    """Use the zygote that this process was forked from; None: the next request starts one."""
    global _zygote
    _zygote = zygote


def spawned() -> socket.socket:
    """The way to a new zygote."""
    mine, its = pair()
    with its:
        command = [sys.executable, "-I", "-B", "-c", TEXT, str(its.fileno())]
        process = subprocess.Popen(command, pass_fds=[its.fileno()], env=VARIABLES, cwd="/")
    atexit.register(end, mine, process)
    return mine


def end(zygote: socket.socket, process: subprocess.Popen) -> None:
    zygote.close()
    process.kill()
    process.wait()


def pair() -> tuple[socket.socket, socket.socket]:
    """Two ends; each message is whole, so several processes may send at once."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
