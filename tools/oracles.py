"""Record what the exercises' checks compare with, from the solutions.

python -m tools.oracles            write what differs
"""

import ast
import json
from pathlib import Path
from typing import Any

import nbformat

from helpers.checks import EXERCISES, RECORDED_SEED, examine
from helpers.checks.local import LocalAnswer
from helpers.checks.oracle import FOLDER, Live
from tools.project import ROOT


def reference(exercise: str, root: Path = ROOT) -> Any:
    """The solution's object: what its notebook hands to `check`."""
    folder = exercise.partition("-")[0]
    notebook = nbformat.read(root / "solutions" / folder / f"{folder}.ipynb", as_version=4)
    namespace: dict[str, Any] = {}
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code" or cell.id == "colab":
            continue
        if marks.get("grade_id") == f"{exercise}-check":
            return eval(handed_over(cell.source), namespace)
        if not marks.get("grade"):
            exec(cell.source, namespace)
    raise LookupError(f"{folder}.ipynb has no cell {exercise}-check; run `make fix`")


def handed_over(source: str) -> str:
    """The expression that a grade cell gives to `check`."""
    call = ast.parse(source).body[-1]
    return ast.unparse(call.value.args[1])


def live(exercise: str, root: Path = ROOT) -> Live:
    """An oracle that answers as the solution does."""
    return Live(LocalAnswer(reference(exercise, root), EXERCISES[exercise].signature))


def recorded(exercise: str, root: Path = ROOT) -> dict[str, Any]:
    """Every reply that the check asks for, under the recorded seed.

    The solution is examined by itself, so a check that its own solution fails stops here.
    """
    oracle = live(exercise, root)
    answer = LocalAnswer(reference(exercise, root), EXERCISES[exercise].signature)
    examine(exercise, answer, oracle, RECORDED_SEED)
    return oracle.values


def as_text(values: dict[str, Any]) -> str:
    lines = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in values.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> None:
    for exercise in EXERCISES:
        path = FOLDER / f"{exercise}.json"
        path.write_text(as_text(recorded(exercise)))
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
