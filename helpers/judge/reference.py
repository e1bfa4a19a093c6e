"""The right answers, from the solution's notebook: trusted code, run in this process."""

import ast
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from helpers.checks import EXERCISES, examine
from helpers.checks.local import LocalAnswer
from helpers.checks.oracle import Live


def reference(exercise: str, solution: NotebookNode) -> Any:
    """The solution's object: what its notebook hands to `check`.

    Raises:
        LookupError: the notebook has no grade cell of that exercise.
    """
    namespace: dict[str, Any] = {}
    for cell in solution.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or cell.id == "colab":
            continue
        if marks.get("grade_id") == f"{exercise}-check":
            return eval(handed_over(cell.source), namespace)
        if not marks.get("grade"):
            exec(cell.source, namespace)
    raise LookupError(f"the solution has no cell {exercise}-check; run `make fix`")


def handed_over(source: str) -> str:
    """The expression that a grade cell gives to `check`."""
    call = ast.parse(source).body[-1]
    return ast.unparse(call.value.args[1])


def replies(exercise: str, solution: NotebookNode, seed: int) -> dict[str, Any]:
    """Every reply that the check asks for on these draws, by the key of its question.

    The solution is examined by itself, so a check that its own solution fails stops here.
    """
    answer = LocalAnswer(reference(exercise, solution), EXERCISES[exercise].signature)
    oracle = Live(answer)
    examine(exercise, answer, oracle, seed)
    return oracle.values


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)
