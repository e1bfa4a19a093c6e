"""What nbgrader's metadata say of a cell."""

from nbformat import NotebookNode


def graded(cell: NotebookNode) -> str | None:
    """The exercise that a grade cell asks for."""
    marks = cell.metadata.get("nbgrader", {})
    name = str(marks.get("grade_id", "")).removesuffix("-check")
    return name if marks.get("grade") and not marks.get("solution") else None


def answered(cell: NotebookNode) -> str | None:
    """The exercise whose answer stands in the cell."""
    marks = cell.metadata.get("nbgrader", {})
    return marks.get("grade_id") if marks.get("solution") else None
