"""The judge in nbgrader's place of Execute and SaveAutoGrades.

Marks travel in `resources`, never in a cell's output: what a cell prints is for people only.
"""

import math

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor, SaveAutoGrades
from traitlets import Bool, Integer, Unicode

from helpers.judge.cells import graded
from helpers.judge.clean import clean_outputs
from helpers.judge.verdicts import Job, verdicts

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
        job = Job(nbformat.writes(notebook), self.solution, self.library, self.seed, self.bare)
        notebook, marks["verdicts"] = verdicts(job)
        for cell in notebook.cells:
            if cell.cell_type == "code" and not graded(cell):
                cell.outputs = clean_outputs(cell.outputs)
        return notebook, resources


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
    credit = verdict["credit"] if verdict else 0.0
    return credit if math.isfinite(credit) and 0 <= credit <= 1 else 0.0
