"""Claim lines: what a chapter prints as measured, compared between two runs of it."""

from nbformat import NotebookNode


def claims(notebook: NotebookNode) -> dict[str, str]:
    """The printed text of each cell tagged `claim`, by the cell's id."""
    tagged = [cell for cell in notebook.cells if "claim" in cell.metadata.get("tags", ())]
    return {cell.id: printed(cell) for cell in tagged}


def printed(cell: NotebookNode) -> str:
    """What a cell printed, and the text of its last value."""
    texts = [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", ())
        if output.get("name") != "stderr"
    ]
    return "".join(texts).strip()


def differences(name: str, run: NotebookNode, committed: NotebookNode) -> list[str]:
    """One sentence for each claim that the run did not print as the committed chapter has it."""
    now, then = claims(run), claims(committed)
    return [
        f"{name}, cell {cell}: the committed page says {text!r}, this run {now.get(cell)!r}"
        for cell, text in then.items()
        if now.get(cell) != text
    ]
