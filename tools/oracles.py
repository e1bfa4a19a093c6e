"""Record what the exercises' checks compare with, from the solutions.

python -m tools.oracles            write what differs
"""

import json
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from helpers.checks import EXERCISES, RECORDED_SEED, examine
from helpers.checks.local import LocalAnswer
from helpers.checks.oracle import FOLDER, Live
from helpers.judge import reference
from tools.project import ROOT


def live(exercise: str, root: Path = ROOT) -> Live:
    """An oracle that answers as the solution does."""
    return reference.live(exercise, solution(exercise, root))


def solution(exercise: str, root: Path = ROOT) -> NotebookNode:
    folder = exercise.partition("-")[0]
    return reference.read(root / "solutions" / folder / f"{folder}.ipynb")


def recorded(exercise: str, root: Path = ROOT) -> dict[str, Any]:
    """Every reply that the check asks for, under the recorded seed.

    The solution is examined by itself, so a check that its own solution fails stops here.
    """
    oracle = live(exercise, root)
    right = reference.reference(exercise, solution(exercise, root))
    answer = LocalAnswer(right, EXERCISES[exercise].signature)
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
