"""Whoever attacks the marks gets none for it, and keeps those of an honest answer beside it."""

from functools import cache, partial

import nbformat
import pytest

from helpers.judge import reference
from helpers.judge.judge import Trial, graded
from helpers.judge.sandbox import Limits
from helpers.judge.session import Session
from tests.attacks.marks import ATTACKS
from tools.course import lay_out
from tools.project import ROOT

pytestmark = pytest.mark.slow
SOLUTION = reference.read(ROOT / "solutions/ps3/ps3.ipynb")
SEED = 5
LIMITS = Limits(memory_mib=1200, cell_seconds=4, notebook_seconds=120)
NOISY = """
import logging, sys, time, warnings
import numpy as np
from tqdm.auto import tqdm
warnings.warn("a warning")
logging.error("an error that is none")
print("to stderr", file=sys.stderr)
for _ in tqdm(range(3)):
    time.sleep(0.01)
%matplotlib inline
"""


@cache
def right(exercise: str) -> dict:
    return reference.replies(exercise, SOLUTION, SEED)


def oracle(exercise: str):
    return lambda key, ask: right(exercise)[key]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    lay_out(folder)
    return folder


def notebook_with(changes: dict[str, str], names=("ps3-lrn", "ps3-receptive")):
    """The solution without the exercises that are not asked, with other code in some cells."""
    kept = {name for n in names for name in (n, f"{n}-check")} | {"imports"}
    cells = [nbformat.from_dict(cell) for cell in SOLUTION.cells if cell.id in kept]
    for cell in cells:
        cell.source = changes.get(cell.id, cell.source)
    return nbformat.v4.new_notebook(cells=cells)


def judged(notebook, course, limits=LIMITS):
    """Credits by exercise, and the trial itself."""
    trial = Trial(notebook, partial(Session, limits, library=course), oracle, SEED)
    trial.run()
    return {n: v.credit for n, v in trial.verdicts.items()}, trial


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.intent)
def test_an_attack_earns_nothing_and_takes_nothing_from_others(attack, course):
    credits, trial = judged(notebook_with({"ps3-lrn": attack.code}), course)
    assert credits["ps3-lrn"] == 0
    assert trial.verdicts["ps3-lrn"].text.startswith("ps3-lrn: no")
    assert credits["ps3-receptive"] == 1 or attack.spoils


def test_noise_of_every_kind_and_a_slow_right_answer_cost_nothing(course):
    changes = {cell.id: NOISY + cell.source for cell in SOLUTION.cells if graded(cell) is None}
    slow = changes["ps3-lrn"].replace("squares =", "time.sleep(0.1); print(x); squares =")
    credits, _ = judged(notebook_with(changes | {"ps3-lrn": slow}), course, Limits())
    assert credits == {"ps3-lrn": 1, "ps3-receptive": 1}


def test_a_verdict_that_is_proven_stays_whatever_comes_after(course):
    notebook = notebook_with({"ps3-receptive": "import os\nos._exit(0)"})
    credits, _ = judged(notebook, course)
    assert credits == {"ps3-lrn": 1, "ps3-receptive": 0}
