"""Every row of the tables against the solutions, on fresh draws: `python -m tests.answers`.

Renews tests/answers/recorded.json, or the entries of the exercises that are named: how many rows
were asked on how many seeds, and each time that a wrong answer passed or a right one failed.
`--repeats` asks a right answer again and again.
"""

import argparse
import contextlib
import importlib
import io
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import torch

from helpers.checks import EXERCISES, CheckFailed, examine
from helpers.checks.local import LocalAnswer
from tools import oracles

RECORD = Path(__file__).with_name("recorded.json")


def table(exercise: str):
    return importlib.import_module(f"tests.answers.{exercise.replace('-', '_')}")


@cache
def right(exercise: str, seed: int) -> dict:
    """What the solution itself replies on these draws."""
    return oracles.recorded(exercise, seed=seed)


def passes(exercise: str, answer, seed: int) -> bool:
    """Whether the check finds nothing wrong."""
    known = right(exercise, seed)
    local = LocalAnswer(answer, EXERCISES[exercise].signature)
    quiet = io.StringIO()
    with contextlib.redirect_stdout(quiet), contextlib.redirect_stderr(quiet):
        try:
            examine(exercise, local, lambda key, ask: known[key], seed)
        except CheckFailed:
            return False
    return True


def faults(exercise: str, seeds: Iterable[int], kinds=("WRONG", "RIGHT")) -> list[str]:
    """A sentence for each verdict that is not the table's."""
    found = []
    for kind in kinds:
        for row in getattr(table(exercise), kind):
            for seed in seeds:
                if passes(exercise, row.answer, seed) != (kind == "RIGHT"):
                    found.append(f"{kind.lower()}, {row.intent}, seed {seed}")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.answers", description=__doc__)
    parser.add_argument("exercises", nargs="*", default=list(EXERCISES), metavar="EXERCISE")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=50)
    asked = parser.parse_args()
    torch.set_num_threads(1)
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    for exercise in asked.exercises:
        rows = {kind.lower(): len(getattr(table(exercise), kind)) for kind in ("WRONG", "RIGHT")}
        found = faults(exercise, range(1, asked.seeds + 1))
        first = table(exercise).RIGHT[0].answer
        flakes = sum(not passes(exercise, first, 7) for _ in range(asked.repeats))
        record[exercise] = {**rows, "seeds": asked.seeds, "faults": found}
        record[exercise] |= {"repeats": asked.repeats, "flakes": flakes}
        print(f"{exercise}: {record[exercise]}", flush=True)
    RECORD.write_text(json.dumps(record, indent=1) + "\n")


if __name__ == "__main__":
    main()
