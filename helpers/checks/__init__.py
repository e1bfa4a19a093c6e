"""Checks of the problem sets: `check("ps3-lrn", lrn)` says what is right and what is not yet.

A grade cell holds that one line, so a student and a grader ask the same check.
"""

import json
import sys
import warnings
from collections.abc import Iterator
from contextlib import redirect_stderr
from functools import partial
from pathlib import Path
from typing import Any

from helpers.checks import (
    ps1_distort,
    ps1_resize,
    ps1_sort,
    ps1_statistics,
    ps3_lrn,
    ps3_receptive,
    ps3_vggconfig,
    ps3_zfnet,
    ps4_cam,
    ps4_factorised,
    ps4_grid,
    ps4_network,
    ps5_preactivation,
    ps5_res2net,
    ps5_resnetd,
    ps5_shake,
)
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import CheckFailed, Wrong, failed
from helpers.checks.local import LocalAnswer
from helpers.checks.oracle import Ask, Oracle, Recorded
from helpers.checks.protocol import Answer
from helpers.names import choose

__all__ = ["EXERCISES", "CheckFailed", "check", "examine", "finding", "findings"]

EXERCISES: dict[str, Exercise] = {
    "ps1-sort": ps1_sort.EXERCISE,
    "ps1-resize": ps1_resize.EXERCISE,
    "ps1-statistics": ps1_statistics.EXERCISE,
    "ps1-distort": ps1_distort.EXERCISE,
    "ps3-lrn": ps3_lrn.EXERCISE,
    "ps3-receptive": ps3_receptive.EXERCISE,
    "ps3-zfnet": ps3_zfnet.EXERCISE,
    "ps3-vggconfig": ps3_vggconfig.EXERCISE,
    "ps4-factorised": ps4_factorised.EXERCISE,
    "ps4-grid": ps4_grid.EXERCISE,
    "ps4-cam": ps4_cam.EXERCISE,
    "ps4-network": ps4_network.EXERCISE,
    "ps5-preactivation": ps5_preactivation.EXERCISE,
    "ps5-res2net": ps5_res2net.EXERCISE,
    "ps5-shake": ps5_shake.EXERCISE,
    "ps5-resnetd": ps5_resnetd.EXERCISE,
}
RECORDED_SEED = 0  # the seed of the draws that the recorded oracles answer


def check(exercise: str, answer: Any) -> None:
    """Print one line when the answer is right.

    Args:
        exercise: its name, as in the notebook: "ps3-lrn".
        answer: your function or class itself, without brackets.

    Raises:
        CheckFailed: the answer is not right yet; the message says what came and where to read.
        ValueError: there is no exercise of that name.
    """
    choose("exercise", exercise, EXERCISES)
    local = LocalAnswer(answer, EXERCISES[exercise].signature)
    # A warning or a print to stderr in the student's code costs no mark under nbgrader this way.
    with redirect_stderr(sys.stdout), warnings.catch_warnings(action="ignore"):
        examine(exercise, local, Recorded(exercise), RECORDED_SEED)
    print(f"{exercise}: right, in all parts ({', '.join(EXERCISES[exercise].parts)}).")


def examine(exercise: str, answer: Answer, oracle: Oracle, seed: int) -> None:
    """All parts of a check in their order. Raises CheckFailed at the first that is wrong."""
    right: list[str] = []
    for part, wrong in findings(exercise, answer, oracle, seed):
        if wrong:
            raise failed(exercise, part, wrong, right, where_to_read(exercise))
        right.append(part)


def findings(
    exercise: str, answer: Answer, oracle: Oracle, seed: int
) -> Iterator[tuple[str, Wrong | None]]:
    """Each part's name, and what is wrong in it or None."""
    for part in EXERCISES[exercise].parts:
        yield part, finding(exercise, part, answer, oracle, seed)


def finding(exercise: str, part: str, answer: Answer, oracle: Oracle, seed: int) -> Wrong | None:
    """What is wrong in one part, or None."""
    draws = Draws(seed, f"{exercise}, {part}")
    try:
        EXERCISES[exercise].parts[part](answer, partial(asked, oracle, part), draws)
    except Wrong as wrong:
        return wrong
    return None


def asked(oracle: Oracle, part: str, key: str, ask: Ask) -> Any:
    """A part's question, under a key that names the part too."""
    return oracle(f"{part}: {key}", ask)


def where_to_read(exercise: str) -> str:
    """The place that the exercise's own source names (made by tools.notebooks)."""
    listed = json.loads(Path(__file__).with_name("exercises.json").read_text())
    return listed[exercise]["read"] or ""
