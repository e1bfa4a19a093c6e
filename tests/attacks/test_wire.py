"""A kernel that speaks ZeroMQ's protocol badly, against the judge's side of it."""

import socket
import threading
from contextlib import ExitStack

import pytest

from helpers.judge.wire import CHUNK, GREETING, Broken, Channel, frame

READY = GREETING + frame(b"\x05READY", 4)
MOST = 1 << 20
PART = bytes(1 << 16)


@pytest.fixture
def connect(tmp_path):
    """A channel to a kernel that says the given bytes, once or many times."""
    with ExitStack() as stack:

        def start(said: bytes, times: int = 1, ready: bytes = READY) -> Channel:
            listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(str(tmp_path / "s"))
            listener.listen()
            told = (listener, ready, said, times, start.sent)
            kernel = threading.Thread(target=serve, args=told)
            kernel.start()
            stack.callback(kernel.join)
            channel = Channel(str(tmp_path / "s"), "DEALER", MOST)
            stack.callback(channel.close)
            channel.send([b"go on"])
            return channel

        start.sent = []
        yield start


def serve(listener: socket.socket, ready: bytes, said: bytes, times: int, sent: list) -> None:
    connection, _ = listener.accept()
    with connection:
        connection.recv(CHUNK)
        try:
            connection.sendall(ready)
            connection.recv(CHUNK)
            for _ in range(times):
                connection.sendall(said)
                sent.append(len(said))
        except OSError:
            pass


def all_from(channel: Channel) -> list[list[bytes]]:
    messages = []
    try:
        while True:
            messages += channel.receive()
    except EOFError:
        return messages


def test_messages_arrive_whole_however_they_are_cut(connect):
    long = frame(b"a", 1) + frame(PART, 0)
    assert all_from(connect(long, times=3)) == [[b"a", PART]] * 3


def test_a_message_of_endless_parts_is_stopped_at_the_size(connect):
    with pytest.raises(Broken, match="more than 1 MiB"):
        all_from(connect(frame(PART, 1), times=1000))
    assert sum(connect.sent) < 3 * MOST


def test_a_message_of_endless_small_parts_is_stopped(connect):
    with pytest.raises(Broken, match="more than 32 parts"):
        all_from(connect(frame(b"", 1), times=40))


def test_a_part_that_announces_too_much_is_stopped_before_it_comes(connect):
    with pytest.raises(Broken, match="more than 1 MiB"):
        all_from(connect(b"\x02" + (1 << 62).to_bytes(8)))


@pytest.mark.parametrize("junk", [b"HTTP/1.1 200 OK\r\n", b"\xff\xff\xff", b"\x80\x01a"])
def test_what_is_no_frame_is_stopped(junk, connect):
    with pytest.raises(Broken, match="not a message"):
        all_from(connect(junk))


def test_another_greeting_is_stopped(connect):
    with pytest.raises(Broken, match="not a message"):
        connect(b"", ready=b"SSH-2.0-OpenSSH".ljust(64))
