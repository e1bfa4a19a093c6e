"""One notebook to one verdict for each exercise.

The notebook runs in a sandbox, cell by cell. Where a grade cell stands, the check of its exercise
is asked of the object that the student's cells have made. Marks start at zero; a part counts only
when this process has compared what came with what is right.
"""

import re
import textwrap
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

from nbformat import NotebookNode
from nbformat.v4 import new_output

from helpers.checks import EXERCISES, finding, where_to_read
from helpers.checks.failure import Wrong, failed
from helpers.checks.oracle import Oracle
from helpers.judge import cells
from helpers.judge.remote import Nonsense, RemoteAnswer, unreadable
from helpers.judge.session import Dead, NoReply, TooSlow

REPLY = "__import__('helpers.checks.serve', fromlist=['reply']).reply(_payload, globals(), {!r})"
WIDE, INDENT = 100, " " * 16
ATTEMPTS = 3  # each without the cells that spoilt the one before


class Kernel(Protocol):
    """What the judge needs of helpers.judge.session.Session."""

    def execute(self, code: str) -> list[NotebookNode]: ...

    def ask(self, code: str, payload: bytes) -> bytes: ...


class Late(Wrong):
    """No answer in time."""


@dataclass(frozen=True)
class Verdict:
    """What an exercise earned.

    Attributes:
        credit: share of the points in [0, 1].
        text: for the student: what was right, what was not, and where to read.
        nonsense: the kernel gave a reply that the course's own code never gives.
    """

    exercise: str
    credit: float
    text: str
    nonsense: bool = False


@dataclass
class Trial:
    """One notebook on its way through the sandbox.

    Args:
        notebook: from helpers.judge.mend; the outputs of its cells are replaced.
        open_kernel: gives a fresh sandbox, as a context manager.
        oracle: gives the right answers of an exercise.
        seed: of what the checks draw.
    """

    notebook: NotebookNode
    open_kernel: Callable[[], AbstractContextManager[Kernel]]
    oracle: Callable[[str], Oracle]
    seed: int
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    left_out: set[int] = field(default_factory=set)

    def run(self) -> dict[str, Verdict]:
        """A verdict for each exercise that the notebook has a grade cell for."""
        for _ in range(ATTEMPTS):
            if self._attempt() and not self._muddled():
                break
        for exercise in exercises(self.notebook):
            self._nothing(exercise, "Other cells ended the kernel each time before it was asked.")
        for cell in self.notebook.cells:
            if exercise := graded(cell):
                text = wrapped(self.verdicts[exercise].text)
                cell.outputs = [new_output("stream", name="stdout", text=text)]
        return self.verdicts

    def _attempt(self) -> bool:
        """Whether the kernel lived to the end; otherwise the cell that ended it is left out."""
        place = 0
        try:
            with self.open_kernel() as kernel:
                for place, cell in enumerate(self.notebook.cells):
                    if cell.cell_type == "code" and place not in self.left_out:
                        self._cell(kernel, cell)
            return True
        except Dead as dead:
            self._blame(place, str(dead))
            return False

    def _cell(self, kernel: Kernel, cell: NotebookNode) -> None:
        if exercise := graded(cell):
            if exercise not in self.verdicts:
                self.verdicts[exercise] = self._verdict(kernel, exercise)
            return
        try:
            cell.outputs = kernel.execute(cell.source)
        except TooSlow as slow:
            cell.outputs = [*slow.outputs, said(str(slow))]

    def _verdict(self, kernel: Kernel, exercise: str) -> Verdict:
        check = EXERCISES[exercise]
        code = REPLY.format(check.name)
        answer = RemoteAnswer(partial(reply, kernel, code), check.signature)
        oracle, wrong, right = self.oracle(exercise), {}, []
        for part in check.parts:
            found = believed(exercise, part, answer, oracle, self.seed)
            if found is None:
                right.append(part)
                continue
            wrong[part] = found
            if isinstance(found, Late):  # the other parts would take as long
                break
        nonsense = any(isinstance(found, Nonsense) for found in wrong.values())
        return Verdict(exercise, check.credit(right), described(exercise, right, wrong), nonsense)

    def _blame(self, place: int, reason: str) -> None:
        """Leave out what ended the kernel: failed answers before that place, or else its own cell.

        A cell may end the kernel a while after it ran; to leave out an answer that has failed
        already costs nothing.
        """
        if failed := self._failed_before(place):
            self.left_out |= failed
            return
        cell = self.notebook.cells[place]
        exercise = graded(cell) or answered(cell)
        self.left_out |= {place, *self._answers({exercise})}
        text = f"{reason} So the notebook was run again without this cell."
        if exercise:
            self._nothing(exercise, text)
        if not graded(cell):
            cell.outputs = [said(text)]

    def _muddled(self) -> bool:
        """Whether some exercises are to be asked again, since another's cell may have changed the
        kernel: the failed answers before the first nonsense are left out, or else its own."""
        muddled = [e for e in exercises(self.notebook) if self.verdicts[e].nonsense]
        if not muddled:
            return False
        place = next(i for i, c in enumerate(self.notebook.cells) if graded(c) == muddled[0])
        new = self._failed_before(place) or self._answers({muddled[0]}) - self.left_out
        self.left_out |= new
        again = [e for e in muddled if not self._answers({e}) <= self.left_out]
        for exercise in again:
            del self.verdicts[exercise]
        return bool(again)

    def _failed_before(self, place: int) -> set[int]:
        """Places of answers before `place` that earned nothing and still run."""
        failed = {name for name, verdict in self.verdicts.items() if not verdict.credit}
        return {i for i in self._answers(failed) - self.left_out if i < place}

    def _answers(self, names: Collection[str | None]) -> set[int]:
        """Places of the answers to these exercises."""
        return {
            i for i, cell in enumerate(self.notebook.cells) if answered(cell) in set(names) - {None}
        }

    def _nothing(self, exercise: str, text: str) -> None:
        nothing = Verdict(exercise, 0.0, f"{exercise}: no points. {text}")
        self.verdicts.setdefault(exercise, nothing)


def believed(exercise: str, part: str, answer: RemoteAnswer, oracle: Oracle, seed: int):
    """checks.finding; a reply that makes the check itself stumble is wrong too."""
    try:
        return finding(exercise, part, answer, oracle, seed)
    except Dead:
        raise
    except Exception as error:
        return unreadable(f"the check stopped with {type(error).__name__}")


def reply(kernel: Kernel, code: str, request: bytes) -> bytes:
    """The kernel's reply. Raises Wrong where it takes too long or gives none."""
    try:
        return kernel.ask(code, request)
    except TooSlow as slow:
        fault = f"no answer: {slow}"
        raise Late(got=fault, cause="a loop that is long or never ends") from None
    except NoReply as none:
        raise unreadable(str(none)) from None


def graded(cell: NotebookNode) -> str | None:
    """The exercise that a grade cell asks for, where there is a check for it."""
    name = cells.graded(cell)
    return name if name in EXERCISES else None


def answered(cell: NotebookNode) -> str | None:
    """The exercise whose answer stands in the cell, where there is a check for it."""
    name = cells.answered(cell)
    return name if name in EXERCISES else None


def exercises(notebook: NotebookNode) -> Iterator[str]:
    return (name for cell in notebook.cells if (name := graded(cell)))


def described(exercise: str, right: list[str], wrong: dict[str, Wrong]) -> str:
    """The student's text: the first fault in full, the names of the others."""
    if not wrong:
        return f"{exercise}: right, in all parts ({', '.join(right)})."
    first, *others = wrong
    text = str(failed(exercise, first, wrong[first], right, where_to_read(exercise)))
    return f"{text}\n  not right either: {', '.join(others)}" if others else text


def wrapped(text: str) -> str:
    """Lines that fit on a page of feedback."""
    lines = [textwrap.wrap(line, WIDE, subsequent_indent=INDENT) for line in text.splitlines()]
    return "\n".join(row for rows in lines for row in rows) + "\n"


def said(text: str) -> NotebookNode:
    """An output that holds a sentence of the judge's."""
    return new_output("stream", name="stderr", text=re.sub(r"\s+", " ", text) + "\n")
