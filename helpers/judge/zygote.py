"""The zygote: a process that has loaded torch, from which judges and students' kernels are forked.

A fork inherits all of its parent's memory. So this process starts as a program of its own, as
text (`python -c`) with the sandbox's variables, and learns nothing: it takes in no order, it only
forks. A child reads its order. A judge's child takes over the judge's paths and variables; a
kernel's child enters the namespaces that bubblewrap has made, gives up its rights for good, and
waits until the judge has looked at it from outside.

What forks share besides torch: the layout of addresses and the seed of hashes. So a judge does not
rely on their being secret.

Argument: the descriptor of the socket for forks.
"""

import ctypes
import gc
import json
import os
import resource
import signal
import socket
import sys

import torch._dynamo  # noqa: F401 - the first tensor on the meta device needs it
import zmq
from ipykernel import heartbeat, kernelapp

LIBC = ctypes.CDLL(None, use_errno=True)
FILES = os.sysconf("SC_OPEN_MAX")
CAPABILITIES = range(64)  # more than Linux has
# Linux, sys/prctl.h and linux/capability.h
SECCOMP, BOUNDING_DROP, DUMPABLE, SUBREAPER, NO_NEW_RIGHTS, AMBIENT = 22, 24, 4, 36, 38, 47
FILTER, CLEAR_ALL, VERSION_3 = 2, 4, 0x20080522
LARGE, SPARE = -3, -1  # glibc's malloc.h, M_MMAP_THRESHOLD and M_TRIM_THRESHOLD


def serve(connection: socket.socket) -> tuple[bytes, socket.socket]:
    """Fork a child for each socket that comes with a letter; both are returned in the child."""
    os.setsid()  # no terminal
    nothing = os.open("/dev/null", os.O_RDWR)
    only((nothing, nothing, nothing, connection.fileno()))
    connection.detach()
    connection = socket.socket(fileno=3)
    for number in (signal.SIGINT, signal.SIGCHLD):  # the system then buries the children itself
        signal.signal(number, signal.SIG_IGN)
    checked(LIBC.prctl(SUBREAPER, 1, 0, 0, 0), "take in grandchildren")
    while True:
        letter, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
        if not descriptors:  # nobody is left who could ask
            os._exit(0)
        if os.fork() == 0:
            connection.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return letter, socket.socket(fileno=descriptors[0])
        os.close(descriptors[0])


def only(descriptors: tuple[int, ...]) -> None:
    """Keep these descriptors, as 0, 1, 2 and so on, and close all others."""
    kept = [os.dup(number) for number in descriptors]
    while any(number < len(kept) for number in kept):
        kept = [os.dup(number) for number in kept]
    for place, number in enumerate(kept):
        os.dup2(number, place, inheritable=place < 3)
    os.closerange(len(kept), FILES)


def checked(result: int, what: str) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), f"the kernel's process may not {what}")


def enter(judge: socket.socket) -> dict:
    """Become the first process of a student in the sandbox, without rights; gives the order."""
    said, (sandbox, *others), _, _ = socket.recv_fds(judge, 1 << 16, 16)
    order = json.loads(said)
    os.dup2(others[0], 2)  # faults are told to the judge
    checked(LIBC.setns(sandbox, order["namespaces"]), "enter the sandbox")
    if pid := os.fork():  # only a child is in the namespace of processes
        socket.send_fds(judge, [str(pid).encode()], [os.pidfd_open(pid)])
        os._exit(0)
    told(judge)
    os.setsid()
    os.chdir(order["home"])
    nothing = os.open("/dev/null", os.O_RDONLY)
    only((nothing, others[0], others[0], judge.fileno(), *others[1:]))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for name, value in order["limits"].items():
        resource.setrlimit(getattr(resource, name), (value, value))
    give_up_rights(order["uid"])
    refuse_calls(bytes.fromhex(order["filter"]))
    judge.detach()
    return order


def told(judge: socket.socket) -> None:
    """Wait for the judge's word."""
    if not judge.recv(1):
        os._exit(1)


def give_up_rights(uid: int | None) -> None:
    """Another user where the judge is root, and no capability, now or by any program."""
    for number in CAPABILITIES:
        LIBC.prctl(BOUNDING_DROP, number, 0, 0, 0)
    checked(LIBC.prctl(AMBIENT, CLEAR_ALL, 0, 0, 0), "drop ambient capabilities")
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    header, nothing = (ctypes.c_uint32 * 2)(VERSION_3, 0), (ctypes.c_uint32 * 6)()
    checked(LIBC.capset(header, nothing), "drop capabilities")
    checked(LIBC.prctl(NO_NEW_RIGHTS, 1, 0, 0, 0), "forgo new rights")
    checked(LIBC.prctl(DUMPABLE, 1, 0, 0, 0), "be watched")


class Program(ctypes.Structure):
    """struct sock_fprog of linux/filter.h."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_calls(program: bytes) -> None:
    """Install helpers.judge.seccomp's filter."""
    given = Program(len(program) // 8, program)
    checked(LIBC.prctl(SECCOMP, FILTER, ctypes.byref(given), 0, 0), "install the filter")


def take(bound: zmq.Socket, port: int) -> None:
    """Use a socket that the judge has bound: they come after its channel, as 4, 5 and so on."""
    bound.setsockopt(zmq.USE_FD, 3 + port)


class Heartbeat(heartbeat.Heartbeat):
    def _try_bind_socket(self):
        take(self.socket, self.port)
        return super()._try_bind_socket()


class Kernel(kernelapp.IPKernelApp):
    def _try_bind_socket(self, s, port):
        take(s, port)
        return super()._try_bind_socket(s, port)

    def start(self):
        with socket.socket(fileno=3) as judge:
            judge.send(b"started")
        super().start()


def launch(order: dict) -> None:
    """Run the kernel."""
    sys.argv = sys.argv[:1]
    sys.path.insert(0, order["library"])
    kernelapp.Heartbeat = Heartbeat
    ports = [f"--{name}={port}" for name, port in order["ports"].items()]
    quiet = ["--HistoryManager.enabled=False", "--log-level=ERROR", f"--Session.key={order['key']}"]
    Kernel.launch_instance(["--transport=ipc", "--ip=/tmp/s", *ports, *quiet])


def judge(channel: socket.socket) -> None:
    """Become a judge: helpers.judge.verdicts."""
    _, (errors, forks), _, _ = socket.recv_fds(channel, 1, 2)
    os.dup2(errors, 2)
    file = channel.makefile("rw")
    order = json.loads(file.readline())
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.path[:] = order["path"]
    from helpers.judge import verdicts

    verdicts.serve(file, socket.socket(fileno=forks), order["asker"])


def main() -> None:
    for option in (LARGE, SPARE):  # freed tensors go back to the system: three processes hold some
        LIBC.mallopt(option, 4 << 20)
    gc.collect()
    gc.freeze()  # what is loaded stays where it is, so that its pages stay shared
    letter, channel = serve(socket.socket(fileno=int(sys.argv[1])))
    if letter == b"j":
        return judge(channel)
    order = enter(channel)
    with socket.socket(fileno=os.dup(3)) as channel:
        channel.send(b"bound")
        told(channel)
    launch(order)


if __name__ == "__main__":
    main()
