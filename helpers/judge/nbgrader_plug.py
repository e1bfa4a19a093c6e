"""The judge in nbgrader's place of Execute and SaveAutoGrades.

Marks travel in `resources`, never in a cell's output: what a cell prints is for people only.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Integer, Unicode

from helpers.checks.oracle import Oracle
from helpers.judge import reference
from helpers.judge.bare import BareSession
from helpers.judge.clean import clean_outputs
from helpers.judge.judge import Trial, exercises, graded
from helpers.judge.sandbox import Limits
from helpers.judge.session import Session

SEED = "The check's numbers were drawn from seed {}."


class Judged(NbGraderPreprocessor):
    """Runs the notebook in a sandbox and leaves verdicts in resources["nbgrader"]["verdicts"]."""

    solution = Unicode(help="the solution's notebook").tag(config=True)
    seed = Integer(help="of what the checks draw").tag(config=True)
    bare = Bool(help="without a sandbox").tag(config=True)
    library = Unicode(help="the student edition's library, unpacked").tag(config=True)

    def preprocess(self, notebook, resources):
        marks = resources["nbgrader"]
        marks["seed"] = self.seed
        kernel = BareSession if self.bare else Session
        with Oracles(Path(self.solution), notebook, self.seed) as oracles:
            opened = partial(kernel, Limits(), library=Path(self.library))
            marks["verdicts"] = Trial(notebook, opened, oracles.of, self.seed).run()
        for cell in notebook.cells:
            if cell.cell_type == "code" and not graded(cell):
                cell.outputs = clean_outputs(cell.outputs)
        return notebook, resources


class Oracles:
    """The right replies to every question, worked out while the student's kernel starts."""

    def __init__(self, solution: Path, notebook: NotebookNode, seed: int):
        solved = reference.read(solution)
        self._worker = ThreadPoolExecutor(1, "oracles")
        self._replies = {
            exercise: self._worker.submit(reference.replies, exercise, solved, seed)
            for exercise in exercises(notebook)
        }

    def __enter__(self) -> "Oracles":
        return self

    def __exit__(self, *error: object) -> None:
        self._worker.shutdown(cancel_futures=True)

    def of(self, exercise: str) -> Oracle:
        return lambda key, ask: self._replies[exercise].result()[key]


class SaveVerdicts(SaveAutoGrades):
    """Writes the judge's marks, and the seed beside the answer, into the gradebook."""

    def _add_score(self, cell, resources):
        exercise = graded(cell)
        if exercise is None:  # a written answer waits for a person
            super()._add_score(cell, resources)
            return
        place = (self.notebook_id, self.assignment_id, self.student_id)
        grade = self.gradebook.find_grade(cell.metadata.nbgrader.grade_id, *place)
        grade.auto_score = points(resources, exercise) * grade.max_score
        grade.needs_manual_grade = grade.manual_score is not None
        self.gradebook.db.commit()

    def _add_comment(self, cell, resources):
        super()._add_comment(cell, resources)
        exercise = cell.metadata.nbgrader.grade_id
        if exercise in resources["nbgrader"]["verdicts"]:
            place = (self.notebook_id, self.assignment_id, self.student_id)
            comment = self.gradebook.find_comment(exercise, *place)
            comment.auto_comment = SEED.format(resources["nbgrader"]["seed"])
            self.gradebook.db.commit()


def points(resources, exercise: str) -> float:
    """The credit in [0, 1]; anything else is nothing."""
    verdict = resources["nbgrader"]["verdicts"].get(exercise)
    credit = verdict.credit if verdict else 0.0
    return credit if math.isfinite(credit) and 0 <= credit <= 1 else 0.0
