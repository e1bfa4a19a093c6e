"""The sandbox for any Jupyter client, as kernel provisioner "sandbox".

The judge's own session does not come this way: a general client takes messages of any size.
"""

import asyncio
import signal
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import KernelProvisionerBase
from traitlets import Unicode

from helpers.judge.kernel import Kernel
from helpers.judge.sandbox import Limits
from helpers.judge.start import PORTS


def kernel_spec(library: Path) -> dict[str, Any]:
    """The content of a kernel.json whose kernels start in the sandbox, with the course in them."""
    config = {"library": str(library)}
    return {
        "argv": [],
        "display_name": "Python in a sandbox",
        "language": "python",
        "interrupt_mode": "message",
        "metadata": {"kernel_provisioner": {"provisioner_name": "sandbox", "config": config}},
    }


class SandboxProvisioner(KernelProvisionerBase):
    """Starts each kernel in a fresh sandbox, under the usual limits."""

    library = Unicode(help="The folder that Python inside finds at /course.").tag(config=True)
    _kernel: Kernel | None = None

    @property
    def has_process(self) -> bool:
        return self._kernel is not None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        return await super().pre_launch(cmd=[], **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> dict[str, Any]:
        self._kernel = await asyncio.to_thread(Kernel, Limits(), Path(self.library))
        self.connection_info = {
            "transport": "ipc",
            "ip": str(self._kernel.folder / "s"),
            "signature_scheme": "hmac-sha256",
            "key": self._kernel.key.encode(),
            **{f"{name}_port": port for name, port in PORTS.items()},
        }
        return self.connection_info

    async def poll(self) -> int | None:
        return None if self._kernel and self._kernel.running else 0

    async def wait(self) -> int | None:
        while await self.poll() is None:
            await asyncio.sleep(0.1)
        await self.cleanup()
        return 0

    async def send_signal(self, signum: int) -> None:
        if self._kernel and signum in (signal.SIGTERM, signal.SIGKILL):
            self._kernel.end()

    async def kill(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGKILL)

    async def terminate(self, restart: bool = False) -> None:
        await self.send_signal(signal.SIGTERM)

    async def cleanup(self, restart: bool = False) -> None:
        if self._kernel:
            self._kernel.close()
            self._kernel = None
