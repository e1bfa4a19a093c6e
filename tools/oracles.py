"""Record what the exercises' checks compare with, from the solutions.

python -m tools.oracles            write what differs
"""

import json
from pathlib import Path
from typing import Any

from helpers.checks import EXERCISES, RECORDED_SEED
from helpers.checks.oracle import FOLDER
from helpers.judge import reference
from tools.project import ROOT


def recorded(exercise: str, root: Path = ROOT, seed: int = RECORDED_SEED) -> dict[str, Any]:
    """Every reply that the check asks for, under one seed."""
    folder = exercise.partition("-")[0]
    solution = reference.read(root / "solutions" / folder / f"{folder}.ipynb")
    return reference.replies(exercise, solution, seed)


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
