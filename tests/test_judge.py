"""The judge's own logic, with a kernel that is nothing but a dictionary: no sandbox starts."""

import contextlib
import io
from functools import cache

import pytest
import torch
from nbformat.v4 import new_code_cell, new_notebook, new_output

from helpers.checks import EXERCISES, CheckFailed, examine, serve, wire
from helpers.checks.exercise import Exercise
from helpers.checks.local import LocalAnswer
from helpers.checks.oracle import Recorded
from helpers.judge import reference
from helpers.judge.judge import Trial
from helpers.judge.remote import RemoteAnswer
from helpers.judge.session import Dead
from tests.test_checks import TABLES, rows
from tools.project import ROOT

RELEASE = reference.read(ROOT / "exercises/ps3/ps3.ipynb")
SOLUTION = reference.read(ROOT / "solutions/ps3/ps3.ipynb")


class LooseKernel:
    """Runs cells in this process. A cell that says so kills it."""

    def __init__(self):
        self.names = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def execute(self, code):
        if "os._exit" in code:
            raise Dead("It ended by itself.")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            try:
                exec(code, self.names)
            except Exception as error:
                return [new_output("error", ename=type(error).__name__, evalue=str(error))]
        return [new_output("stream", text=printed.getvalue())]

    def ask(self, code, payload):
        if self.names.get("dies_when_asked"):
            raise Dead("It ended by itself.")
        return eval(code, {"_payload": payload, "globals": lambda: self.names})


def answers(**sources: str):
    """The release with these cells in place of the solution cells; the others stay untouched."""
    notebook = new_notebook(cells=[cell.copy() for cell in RELEASE.cells if cell.id != "colab"])
    for cell in notebook.cells:
        cell.source = sources.get(cell.id.replace("-", "_"), cell.source)
    return notebook


def right(exercise: str) -> str:
    return next(cell.source for cell in SOLUTION.cells if cell.id == exercise)


def judged(notebook):
    trial = Trial(notebook, LooseKernel, Recorded, seed=0)
    trial.run()
    return {name: verdict.credit for name, verdict in trial.verdicts.items()}, trial


SHIFTED = right("ps3-lrn").replace("before, after = (window - 1) // 2, window // 2", """
    before, after = window // 2, (window - 1) // 2""".strip())  # fmt: skip


def test_each_exercise_is_judged_for_itself():
    notebook = answers(ps3_lrn=SHIFTED, ps3_receptive=right("ps3-receptive"))
    credits, trial = judged(notebook)
    assert credits == {
        "ps3-lrn": 0.65,
        "ps3-receptive": 1.0,
        "ps3-zfnet": 0.0,
        "ps3-vggconfig": 0.0,
    }
    said = trial.verdicts["ps3-lrn"].text
    assert "in the part 'even windows'" in said
    assert "not right either: dtype and device" in said


def test_the_verdict_is_shown_below_the_grade_cell_and_the_cell_itself_never_runs():
    notebook = answers(ps3_receptive=right("ps3-receptive"))
    check = next(cell for cell in notebook.cells if cell.id == "ps3-receptive-check")
    check.source = "raise SystemExit"
    judged(notebook)
    lines = check.outputs[0].text.splitlines()
    assert lines[0].startswith("ps3-receptive: right, in all parts")
    assert max(map(len, lines)) <= 100


def test_a_cell_that_ends_the_kernel_costs_its_own_exercise_alone():
    credits, trial = judged(
        answers(ps3_lrn="import os\nos._exit(0)", ps3_receptive=right("ps3-receptive"))
    )
    assert credits == {"ps3-lrn": 0.0, "ps3-receptive": 1.0, "ps3-zfnet": 0.0, "ps3-vggconfig": 0.0}
    assert (
        "no points. It ended by itself. So the notebook was run again"
        in trial.verdicts["ps3-lrn"].text
    )


def test_an_answer_that_ends_the_kernel_when_asked_costs_its_own_exercise_alone():
    deadly = "dies_when_asked = True"
    credits, trial = judged(answers(ps3_lrn=deadly, ps3_receptive=right("ps3-receptive")))
    assert credits["ps3-receptive"] == 1.0
    assert "It ended by itself." in trial.verdicts["ps3-lrn"].text


def test_a_second_death_ends_the_trial_and_keeps_what_was_proven():
    exits = "import os\nos._exit(0)"
    notebook = answers(ps3_lrn=right("ps3-lrn"), ps3_receptive=exits, ps3_zfnet=exits)
    notebook.cells.insert(0, new_code_cell("1"))
    credits, _ = judged(notebook)
    assert credits == {"ps3-lrn": 1.0, "ps3-receptive": 0.0, "ps3-zfnet": 0.0, "ps3-vggconfig": 0.0}


def test_a_name_that_is_missing_gets_a_sentence():
    _, trial = judged(answers(ps3_lrn="x = 1 / 0"))
    assert "there is no lrn" in trial.verdicts["ps3-lrn"].text


def test_each_verdict_starts_at_nothing():
    class Dying(LooseKernel):
        def __enter__(self):
            raise Dead("no kernel came up")

    trial = Trial(answers(), Dying, Recorded, seed=0)
    assert [verdict.credit for verdict in trial.run().values()] == [0.0] * 4


def test_a_network_that_is_asked_no_more_is_forgotten_on_the_other_side():
    names = {"Net": lambda size: torch.nn.Linear(size, size)}
    remote = RemoteAnswer(lambda request: serve.reply(request, names, "Net"), "Net(size)")
    first, second = remote.build(3), remote.build(3)
    kept = {first._number, second._number}
    assert kept <= serve._networks.keys()
    del first
    assert second.run(torch.ones(1, 3)).output.shape == (1, 3)
    assert len(kept & serve._networks.keys()) == 1


@cache
def said_by_both(exercise: str, kind: str, number: int) -> list[str | None]:
    answer, check = getattr(TABLES[exercise], kind)[number].answer, EXERCISES[exercise]
    names = {check.name: answer}
    remote = RemoteAnswer(lambda request: serve.reply(request, names, check.name), check.signature)
    found = []
    for asked in (LocalAnswer(answer, check.signature), remote):
        try:
            torch.manual_seed(0)  # the start of the student's own network
            with contextlib.redirect_stdout(io.StringIO()):
                examine(exercise, asked, Recorded(exercise), 0)
            found.append(None)
        except CheckFailed as failure:
            found.append(str(failure))
    return found


FAST = [(k, *row.values) for k in ("WRONG", "RIGHT") for row in rows(k) if not row.marks]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "exercise", "number"), FAST)
def test_a_remote_answer_gets_the_same_words_as_a_local_one(kind, exercise, number):
    here, there = said_by_both(exercise, kind, number)
    assert here == there


LIES = [
    *({}, {"value": None}, {"wrong": 3}, {"wrong": {"got": ["x"] * 10**5}}, 7, [], "value"),
    *({"value": {"layers": 3}}, {"value": {"layers": [{}], "output": None, "error": ""}}),
    *(
        {"value": [1] * 9},
        {"value": [[None]]},
        {"value": [["x"]]},
        {"value": {"a": 10**400}},
        {"value": 10**4000},
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize("exercise", EXERCISES)
@pytest.mark.parametrize("lie", [wire.encode(lie) for lie in LIES] + [b"", b"junk", b"\0" * 99])
def test_a_kernel_that_lies_in_each_reply_earns_nothing_and_harms_nobody(exercise, lie):
    check = EXERCISES[exercise]
    answer = RemoteAnswer(lambda request: lie, check.signature)
    with pytest.raises(CheckFailed) as failure:
        examine(exercise, answer, Recorded(exercise), 0)
    assert len(str(failure.value)) < 10_000


def test_shares_make_a_whole_and_nothing_counts_without_the_core():
    exercise = Exercise("f(x)", {"a": print, "b": print, "c": print}, {"b": 60, "c": 40})
    assert exercise.credit(["a", "c"]) == 0
    assert exercise.credit(["a", "b"]) == 0.6
    with pytest.raises(ValueError, match="must be 100 %"):
        Exercise("f(x)", {"a": print}, {"b": 100})


def test_a_delayed_death_is_not_blamed_on_the_right_answer_that_it_meets():
    """ps3-lrn fails, and ends the kernel only when the next exercise is asked."""

    class Delayed(LooseKernel):
        def ask(self, code, payload):
            if "bomb" in self.names and "receptive" in code:
                raise Dead("It ended by itself.")
            return super().ask(code, payload)

    notebook = answers(ps3_lrn="bomb = 1", ps3_receptive=right("ps3-receptive"))
    trial = Trial(notebook, Delayed, Recorded, seed=0)
    trial.run()
    assert trial.verdicts["ps3-receptive"].credit == 1


def test_an_answer_beside_a_muddled_kernel_is_asked_again_without_the_muddle():
    class Muddled(LooseKernel):
        def ask(self, code, payload):
            return b"junk" if "muddle" in self.names else super().ask(code, payload)

    notebook = answers(ps3_lrn="muddle = 1", ps3_receptive=right("ps3-receptive"))
    trial = Trial(notebook, Muddled, Recorded, seed=0)
    trial.run()
    assert {n: v.credit for n, v in trial.verdicts.items()} == {
        "ps3-lrn": 0, "ps3-receptive": 1, "ps3-zfnet": 0, "ps3-vggconfig": 0
    }  # fmt: skip
