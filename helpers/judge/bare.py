"""A kernel without a sandbox: for a teacher's own notebooks, where no sandbox can be had.

Student code then does on this machine whatever it likes.
"""

import sys
from pathlib import Path
from queue import Empty
from tempfile import TemporaryDirectory

from jupyter_client import KernelManager
from nbformat import NotebookNode
from nbformat.v4 import output_from_msg

from helpers.judge.sandbox import Limits
from helpers.judge.session import Dead, NoReply

OUTPUTS = ("stream", "display_data", "execute_result", "error")
BEGIN = "import sys; sys.path.insert(0, {!r})"
QUESTION = "_payload = open({!r}, 'rb').read()"
REPLY = "open({!r}, 'wb').write({})"
START_SECONDS = 60


class BareSession:
    """What helpers.judge.session.Session does, without its limits but the time of a cell."""

    def __init__(self, limits: Limits, *, library: Path):
        self._seconds, self._library = limits.cell_seconds, library

    def __enter__(self) -> "BareSession":
        self._manager = KernelManager()
        self._manager.kernel_spec.argv[0] = sys.executable
        self._manager.start_kernel(extra_arguments=["--IPKernelApp.log_level=ERROR"])
        self._client = self._manager.blocking_client()
        self._client.start_channels()
        self._client.wait_for_ready(START_SECONDS)
        self.execute(BEGIN.format(str(self._library)))
        return self

    def __exit__(self, *error: object) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def execute(self, code: str) -> list[NotebookNode]:
        """Run a cell; its outputs. Raises Dead where it takes too long or the kernel ends."""
        outputs: list[NotebookNode] = []
        self._run(code, outputs)
        return outputs

    def ask(self, code: str, payload: bytes) -> bytes:
        """The bytes that `code` gives. Raises NoReply or Dead."""
        with TemporaryDirectory() as folder:
            question, reply = Path(folder, "question"), Path(folder, "reply")
            question.write_bytes(payload)
            expressions = {"reply": REPLY.format(str(reply), code)}
            told = self._run(QUESTION.format(str(question)), [], expressions)
            said = told["content"].get("user_expressions", {}).get("reply", {})
            if said.get("status") != "ok":
                raise NoReply(str(said.get("evalue", "no reply came"))[:500])
            return reply.read_bytes()

    def _run(self, code: str, outputs: list, expressions: dict | None = None) -> dict:
        def keep(message: dict) -> None:
            if message["msg_type"] in OUTPUTS:
                outputs.append(output_from_msg(message))

        try:
            return self._client.execute_interactive(
                code,
                user_expressions=expressions,
                allow_stdin=False,
                stop_on_error=False,
                timeout=4 * self._seconds,
                output_hook=keep,
            )
        except (TimeoutError, Empty, RuntimeError):
            alive = self._manager.is_alive()
            why = f"ran for more than {4 * self._seconds:g} seconds" if alive else "ended itself"
            raise Dead(f"The kernel {why}.") from None
