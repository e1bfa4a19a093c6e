"""The outputs of one cell, gathered as they come and kept within a size."""

import json

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output, output_from_msg

from helpers.judge.messages import Message

SHOWN = {"stream", "display_data", "execute_result", "error"}
MOST = 500  # outputs of a cell
LEFT_OUT = "\nMore output was left out here.\n"


class Outputs:
    """Takes messages, gives nbformat's outputs.

    What is malformed or over the size is left out, and a line says that the size was reached.
    """

    def __init__(self, most_bytes: int):
        self._kept: list[NotebookNode] = []
        self._left, self._full = most_bytes, False

    def take(self, message: Message) -> None:
        if message.kind == "clear_output":
            self._kept.clear()
        if message.kind not in SHOWN:
            return
        size = len(json.dumps(message.content))
        if message.content is None or size > self._left or len(self._kept) >= MOST:
            self._full = True
        elif output := valid(message):
            self._left -= size
            self._add(output)

    def gathered(self) -> list[NotebookNode]:
        note = [new_output("stream", name="stderr", text=LEFT_OUT)] if self._full else []
        return [*self._kept, *note]

    def _add(self, output: NotebookNode) -> None:
        last = self._kept[-1] if self._kept else NotebookNode()
        if output.output_type == "stream" and last.get("name") == output.name:
            last.text += output.text
        else:
            self._kept.append(output)


def valid(message: Message) -> NotebookNode | None:
    """The output that a message tells of; None where it is not one."""
    try:
        output = output_from_msg({"header": {"msg_type": message.kind}, "content": message.content})
        nbformat.validate(output, ref="output", version=4)
    except Exception:  # a forged message can make nbformat raise anything
        return None
    return output
