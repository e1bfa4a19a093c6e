"""ZeroMQ's wire protocol, as much of it as speaking to a kernel takes, with every size bounded.

libzmq would take a message of endless parts: its MAXMSGSIZE bounds one part, and it keeps the
parts where the program cannot see them until the last has come. Here bytes are counted as they
arrive. Source: ZMTP 3.0, https://rfc.zeromq.org/spec/23/, with the mechanism NULL.
"""

import socket
from collections.abc import Iterator

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
MORE, LONG, COMMAND = 1, 2, 4  # flags of a frame
MOST_PARTS = 32
CHUNK = 1 << 18
SECONDS = 30


class Broken(Exception):
    """The other side does not speak the protocol, or says too much."""


class Channel:
    """A connection to a kernel's socket.

    Args:
        path: of the socket.
        kind: "DEALER" for shell and control; "SUB" for iopub, all of it.
        most: bytes that may arrive before a message is complete.

    Raises: what `receive` raises, and OSError where the kernel does not answer in 30 seconds.
    """

    def __init__(self, path: str, kind: str, most: int):
        self._most, self._came = most, bytearray()
        self._parts: list[bytes] = []
        self._held, self._greeted, self._ready = 0, False, False
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(SECONDS)
        try:
            self._greet(path, kind)
        except BaseException:
            self.close()
            raise

    def fileno(self) -> int:
        return self._socket.fileno()

    def close(self) -> None:
        self._socket.close()

    def send(self, parts: list[bytes]) -> None:
        """One message. Raises OSError where the kernel does not take it in 30 seconds."""
        flags = [MORE] * (len(parts) - 1) + [0]
        waiting = b""
        for body, flag in zip(parts, flags, strict=True):
            waiting += head(len(body), flag)
            if len(body) > CHUNK:  # by itself: joining would copy it
                self._socket.sendall(waiting)
                self._socket.sendall(body)
                body, waiting = b"", b""
            waiting += body
        self._socket.sendall(waiting)

    def receive(self) -> list[list[bytes]]:
        """Read the next bytes; gives the messages, as lists of parts, that are complete now.

        Raises:
            Broken: the bytes are not ZMTP, or too many.
            EOFError: the kernel has closed the connection.
            OSError: it has broken off.
        """
        came = self._socket.recv(CHUNK)
        if not came:
            raise EOFError
        self._came += came
        self._held += len(came)
        messages = []
        for flags, body in self._frames():
            if flags & COMMAND:
                self._ready = True
                continue
            self._parts.append(body)
            if len(self._parts) > MOST_PARTS:
                raise Broken(f"sent a message of more than {MOST_PARTS} parts")
            if not flags & MORE:
                messages.append(self._parts)
                self._parts, self._held = [], len(self._came)
        self._require(self._held)
        return messages

    def _greet(self, path: str, kind: str) -> None:
        """Both say READY before either sends a message; a kernel says nothing until it is asked."""
        self._socket.connect(path)
        ready = b"\x05READY\x0bSocket-Type" + len(kind).to_bytes(4) + kind.encode()
        self._socket.sendall(GREETING + frame(ready, COMMAND))
        while not self._ready:
            self.receive()
        if kind == "SUB":
            self.send([b"\x01"])

    def _require(self, size: int) -> None:
        if size > self._most:
            raise Broken(f"sent a message of more than {self._most >> 20:,} MiB")

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        if not self._greeted:
            if len(self._came) < len(GREETING):
                return
            if self._came[0] != 0xFF or self._came[10] < 3:
                raise Broken("sent what is not a message")
            del self._came[: len(GREETING)]
            self._greeted = True
        while len(self._came) >= 2:
            flags = self._came[0]
            if flags & ~(MORE | LONG | COMMAND):
                raise Broken("sent what is not a message")
            start = 9 if flags & LONG else 2
            if len(self._came) < start:
                return
            end = start + int.from_bytes(self._came[1:start])
            self._require(end)
            if len(self._came) < end:
                return
            body = bytes(self._came[start:end])
            del self._came[:end]
            yield flags, body


def frame(body: bytes, flags: int) -> bytes:
    return head(len(body), flags) + body


def head(size: int, flags: int) -> bytes:
    """What stands before a frame's body of that many bytes."""
    return bytes([flags, size]) if size < 256 else bytes([flags | LONG]) + size.to_bytes(8)
