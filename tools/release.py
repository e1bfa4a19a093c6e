'''Problem sets: one source, the solution notebook and the release that a student gets.

An answer that a check marks is one cell of solutions/ps3/ps3.md:

    ```{code-cell} ipython3
    :exercise: ps3-lrn
    :points: 4
    :check: lrn
    :read: "Local response normalisation, in the chapter on AlexNet"

    def lrn(x, window):
        """Signature and docstring stay in the release."""
        ### BEGIN SOLUTION
        return ...
        ### END SOLUTION
    ```

It becomes the answer cell `ps3-lrn` (first line `# exercise: ps3-lrn`) and, after it, the locked
cell `ps3-lrn-check` that holds the points and `check("ps3-lrn", lrn)`. An answer marked by hand is
a text that begins with `+++ {"written": "ps3-written", "points": 4}`; what it says is the model
answer, which the release replaces.
'''

import copy
import logging
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tools.project import Problem, shown

CHECK = "from helpers.checks import check\n\ncheck({exercise!r}, {answer})"
WRITTEN = "<!-- exercise: {exercise} -->\n<!-- BEGIN SOLUTION -->\n{text}\n<!-- END SOLUTION -->"


def mark_up(notebook: NotebookNode, path: Path) -> list[dict]:
    """Turn exercise cells into nbgrader's; gives name, points and reading of each exercise.

    Raises: Problem where an exercise lacks its points, check or solution.
    """
    cells, exercises = [], []
    for cell in notebook.cells:
        name = cell.metadata.get("exercise") or cell.metadata.get("written")
        cells.append(cell)
        if name is None:
            continue
        options = take_options(cell, path)
        read = options.get("read")
        exercises.append({"exercise": name, "points": options["points"], "read": read})
        cells += answered(cell, name, options)
    notebook.cells = cells
    return exercises


def take_options(cell: NotebookNode, path: Path) -> dict:
    """The exercise's options, removed from the cell and found complete."""
    needed = {"points", "check"} if cell.cell_type == "code" else {"points"}
    keys = ("exercise", "written", "points", "check", "read")
    options = {key: cell.metadata.pop(key) for key in keys if key in cell.metadata}
    for key in sorted(needed - set(options)):
        raise Problem(f"{shown(path)}, cell {cell.id}: an exercise needs `{key}`")
    regions = cell.source.count("### BEGIN SOLUTION")
    if cell.cell_type == "code" and (not regions or regions != cell.source.count("### END SOL")):
        fault = "mark the answer by ### BEGIN SOLUTION and ### END SOLUTION"
        raise Problem(f"{shown(path)}, cell {cell.id}: {fault}")
    return options


def answered(cell: NotebookNode, name: str, options: dict) -> list[NotebookNode]:
    """Mark the answer's cell; gives the cells that follow it."""
    if cell.cell_type == "markdown":
        cell.source = WRITTEN.format(exercise=name, text=cell.source)
        cell.metadata.nbgrader = grading(name, solution=True, grade=True, **points(options))
        return []
    cell.source = f"# exercise: {name}\n{cell.source}"
    cell.metadata.nbgrader = grading(name, solution=True, grade=False)
    text = CHECK.format(exercise=name, answer=options["check"]).replace("'", '"')
    test = new_code_cell(text, id=f"{name}-check")
    test.metadata.nbgrader = grading(test.id, solution=False, grade=True, **points(options))
    return [test]


def points(options: dict) -> dict:
    return {"points": options["points"]}


def grading(name: str, *, solution: bool, grade: bool, **points: int) -> NotebookNode:
    """A cell's nbgrader metadata."""
    locked = grade and not solution
    kind = {"solution": solution, "grade": grade, "locked": locked, "task": False}
    return NotebookNode(grade_id=name, schema_version=3, **kind, **points)


def released(solution: NotebookNode) -> NotebookNode:
    """What a student gets: the steps of nbgrader's generate_assignment without its database."""
    from nbgrader.converters import GenerateAssignment
    from nbgrader.preprocessors import SaveCells

    steps = GenerateAssignment.class_traits()["preprocessors"].default()
    notebook = copy.deepcopy(solution)
    resources = {"unique_key": "release", "nbgrader": {"notebook": "release"}}
    for step in steps:
        if step is not SaveCells:
            quiet = step(log=logging.getLogger("nbgrader"))
            notebook, resources = quiet.preprocess(notebook, resources)
    return notebook
