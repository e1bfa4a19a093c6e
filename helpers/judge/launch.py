"""Runs inside the sandbox, before the student's code: limits, then the kernel on given sockets.

Its one argument is JSON: `limits` by their names in `resource`, `sockets` as descriptor of each
port, `ready` a descriptor that gets one byte when the kernel starts, `library` the folder of the
course, and `key` that signs messages. The judge hands it over as text, `python -c`.
"""

import json
import os
import resource
import sys

GIVEN = json.loads(sys.argv.pop())
for name, value in GIVEN["limits"].items():
    resource.setrlimit(getattr(resource, name), (value, value))
sys.path.insert(0, GIVEN["library"])

import zmq  # noqa: E402
from ipykernel import heartbeat, kernelapp  # noqa: E402


def take(given, port):
    descriptor = GIVEN["sockets"][str(port)]
    os.set_inheritable(descriptor, False)
    given.setsockopt(zmq.USE_FD, descriptor)


class Heartbeat(heartbeat.Heartbeat):
    def _try_bind_socket(self):
        take(self.socket, self.port)
        return super()._try_bind_socket()


class Kernel(kernelapp.IPKernelApp):
    def _try_bind_socket(self, s, port):
        take(s, port)
        return super()._try_bind_socket(s, port)

    def start(self):
        os.write(GIVEN["ready"], b"1")
        os.close(GIVEN["ready"])
        super().start()


kernelapp.Heartbeat = Heartbeat
PORTS = [f"--{name}={port}" for name, port in GIVEN["ports"].items()]
QUIET = ["--HistoryManager.enabled=False", "--log-level=ERROR", f"--Session.key={GIVEN['key']}"]
Kernel.launch_instance(["--transport=ipc", "--ip=/tmp/s", *PORTS, *QUIET])
