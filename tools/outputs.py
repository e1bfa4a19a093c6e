"""What a notebook keeps from having been run, so that running twice gives the same bytes."""

from collections.abc import Iterable

from nbformat import NotebookNode

from tools.cells import HEADER


def keep(notebook: NotebookNode, former: NotebookNode | None) -> None:
    """Take over the outputs of the former notebook's cells of the same id and source."""
    if former is None:
        return
    known = {cell.get("id"): cell for cell in former.cells if cell.cell_type == "code"}
    for cell in notebook.cells:
        old = known.get(cell.id)
        if cell.cell_type == "code" and old is not None and old.source == cell.source:
            cell.outputs, cell.execution_count = old.outputs, old.execution_count
    if "course" in former.metadata:
        notebook.metadata.course = former.metadata.course
    number(notebook)


def clean(notebook: NotebookNode, parameters: dict | None = None) -> NotebookNode:
    """Strip all that differs from one run to the next, and what a page would not show.

    Args:
        parameters: what the notebook ran with, kept in its metadata as `course`.
    """
    notebook.metadata = NotebookNode(HEADER)
    if parameters is not None:
        notebook.metadata.course = NotebookNode(parameters)
    cells = notebook.cells
    notebook.cells = [c for c in cells if "injected-parameters" not in c.metadata.get("tags", ())]
    for cell in notebook.cells:
        for key in ("papermill", "execution", "widgets", "collapsed"):
            cell.metadata.pop(key, None)
        if not cell.metadata.get("tags", ["kept"]):
            del cell.metadata["tags"]  # papermill adds an empty list
        if cell.cell_type == "code":
            cell.outputs = joined(filter(worth_showing, cell.outputs))
    number(notebook)
    return notebook


def worth_showing(output: NotebookNode) -> bool:
    """Progress bars and warnings on stderr, and widgets, are nothing for a page."""
    widget = "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    return output.get("name") != "stderr" and not widget


def joined(outputs: Iterable[NotebookNode]) -> list[NotebookNode]:
    """Printed lines as one output, however many messages the kernel sent them in."""
    found = []
    for output in outputs:
        if found and output.get("name") == found[-1].get("name") == "stdout":
            found[-1].text += output.text
        else:
            found.append(output)
    return found


def number(notebook: NotebookNode) -> None:
    """Count executed cells by their place, whatever the kernel counted."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for place, cell in enumerate(code, start=1):
        if cell.execution_count is None:
            continue
        cell.execution_count = place
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = place
