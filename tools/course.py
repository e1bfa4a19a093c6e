"""nbgrader's course for one problem set: gradebook, graded notebooks, feedback pages.

The judge stands in it in place of nbgrader's own execution (helpers.judge.nbgrader_plug); the rest
is nbgrader's.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
import sys
import warnings
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import Execute, SaveAutoGrades
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from helpers.judge.clean import clean_text, harmless_pages
from helpers.judge.nbgrader_plug import Judged, SaveVerdicts
from tools.project import ROOT, Problem, shown

JUDGE = {Execute: Judged, SaveAutoGrades: SaveVerdicts}
FAULT = re.compile(r"(?!nbgrader\.converters)[\w.]+(Error|Exception|Missing\w*): ")
WITHOUT = ("judge",)  # of helpers, what students' sandboxes do not get


@dataclass(frozen=True)
class Stamp:
    """What a grade was made from. `seed` is that of the check's draws."""

    notebook: str
    solution: str
    seed: int


class Course:
    """A problem set's course in a folder of its own.

    Args:
        bare: students' code runs without a sandbox; each row of marks says so.

    Raises: Problem where there is no such problem set.
    """

    def __init__(self, problem_set: str, folder: Path, *, bare: bool = False, root: Path = ROOT):
        use_own_programs()
        self.problem_set, self.folder, self.bare = problem_set, folder, bare
        self.solution = root / "solutions" / problem_set / f"{problem_set}.ipynb"
        self.release = root / "exercises" / problem_set / f"{problem_set}.ipynb"
        if not self.solution.is_file():
            fault = f"there is no problem set {problem_set!r}"
            raise Problem(f"{fault}: {shown(self.solution)} is missing")
        self._config = Config()
        self._config.CourseDirectory.root = str(folder)
        # two processes may write at once: each waits up to 60 seconds for the other
        self.address = f"sqlite:///{folder / 'gradebook.db'}?timeout=60"
        self._config.CourseDirectory.db_url = self.address
        self._config.NbGraderAPI.log_level = "CRITICAL"
        steps = Autograde.class_traits()["autograde_preprocessors"].default()
        self._config.Autograde.autograde_preprocessors = [JUDGE.get(s, s) for s in steps]
        self._config.Judged.solution = str(self.solution)
        self._config.Judged.library = str(folder / "library")
        self._config.Judged.bare = bare
        harmless_pages(self._config)

    def register(self) -> None:
        """Tell nbgrader the exercises and their points, again when the solution has changed."""
        lay_out(self.folder / "library")
        source = self.folder / "source" / self.problem_set / self.solution.name
        if source.is_file() and source.read_bytes() == self.solution.read_bytes():
            return
        source.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.solution, source)
        result = self._nbgrader().generate_assignment(self.problem_set)
        if not result["success"]:
            source.unlink()
            if self._has_other_exercises():
                here = shown(self.folder)
                fault = f"{self.problem_set} has other exercises than when {here} was begun"
                raise Problem(f"{fault}; move that folder away, marks and all, and run again")
            raise Problem(f"nbgrader cannot release {shown(self.solution)}: {last_line(result)}")

    def grade(self, student: str, notebook: NotebookNode) -> bool:
        """Grade one mended notebook and write its feedback page; False where it was graded before,
        and only the page is renewed, which may have a person's points now.

        The same notebook keeps its seed, so an appeal meets the same numbers.

        Raises: Problem where nbgrader stops.
        """
        text = nbformat.writes(notebook)
        stamp = self._stamp(student, digest(text.encode()))
        nbgrader = self._nbgrader(stamp.seed)
        steps = [nbgrader.autograde, nbgrader.generate_feedback]
        if stamp == self._former(student) and self.path("feedback", student, ".html").is_file():
            del steps[0]
        else:
            taken = self.path("submitted", student)
            taken.parent.mkdir(parents=True, exist_ok=True)
            taken.write_text(text)
        for step in steps:
            result = step(self.problem_set, student)
            if not result["success"]:
                raise Problem(f"nbgrader stopped: {last_line(result)}")
        self._keep(student, stamp)
        return len(steps) == 2

    def marks(self) -> list[dict]:
        """A row for each student that was graded, in the order of their names."""
        with Gradebook(self.address) as book:
            try:
                assignment = book.find_assignment(self.problem_set)
            except MissingEntry:
                return []
            rows = [row(submission) for submission in assignment.submissions]
        rows = [r | {"judged": "without a sandbox"} if self.bare else r for r in rows]
        graded = [r for r in rows if self.stamp_file(r["student"]).is_file()]
        return sorted(graded, key=lambda r: r["student"])

    def path(self, step: str, student: str, suffix: str = ".ipynb") -> Path:
        return self.folder / step / student / self.problem_set / f"{self.problem_set}{suffix}"

    def stamp_file(self, student: str) -> Path:
        return self.folder / "stamps" / f"{student}.json"

    def nbgrader_config(self, seed: int) -> Config:
        """nbgrader's configuration for one hand-in; `seed` is that of the check's draws."""
        config = self._config.copy()
        config.Judged.seed = seed
        return config

    def _has_other_exercises(self) -> bool:
        """Whether marks were made with other cells than the solution has now."""
        now = nbformat.read(self.solution, as_version=4).cells
        names = {c.metadata.nbgrader.grade_id for c in now if "nbgrader" in c.metadata}
        with Gradebook(self.address) as book, suppress(MissingEntry):
            begun = book.find_notebook(self.problem_set, self.problem_set)
            return {cell.name for cell in begun.source_cells} != names
        return False

    def _nbgrader(self, seed: int = 0) -> NbGraderAPI:
        config = self.nbgrader_config(seed)
        return NbGraderAPI(CourseDirectory(config=config), config=config)

    def _stamp(self, student: str, notebook: str) -> Stamp:
        former = self._former(student)
        same = former is not None and former.notebook == notebook
        seed = former.seed if same else secrets.randbits(31)
        return Stamp(notebook, digest(self.solution.read_bytes()), seed)

    def _former(self, student: str) -> Stamp | None:
        try:
            return Stamp(**json.loads(self.stamp_file(student).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def _keep(self, student: str, stamp: Stamp) -> None:
        file = self.stamp_file(student)
        file.parent.mkdir(exist_ok=True)
        beside = file.with_suffix(".part")
        beside.write_text(json.dumps(asdict(stamp)))
        os.replace(beside, file)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def lay_out(folder: Path) -> None:
    """The library that sandboxes see: helpers as students have it, made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    skip = shutil.ignore_patterns("__pycache__", *WITHOUT)
    shutil.copytree(ROOT / "helpers", folder / "helpers", ignore=skip)


def row(submission) -> dict:
    """One student's marks: a column for each exercise, then the sum, less what was late."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    order = [cell.name for n in submission.assignment.notebooks for cell in n.source_cells]
    grades.sort(key=lambda grade: order.index(grade.name))
    return {
        "student": submission.student.id,
        **{grade.name.removesuffix("-check"): grade.score for grade in grades},
        "total": max(0.0, submission.score - (submission.late_submission_penalty or 0)),
        "max": submission.max_score,
        "needs_manual": "yes" if submission.needs_manual_grade else "no",
    }


def last_line(result: dict) -> str:
    """The fault behind a step that failed, from all that nbgrader logged."""
    lines = f"{result.get('error', '')}\n{result.get('log', '')}".splitlines()
    faults = [line for line in lines if FAULT.match(line)]
    return clean_text((faults or ["without a message"])[-1])


def use_own_programs() -> None:
    """nbgrader finds `alembic`, whatever the shell says, and its harmless warning is silent."""
    programs, path = str(Path(sys.executable).parent), os.environ.get("PATH", "")
    if programs not in path.split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([programs, path])
    warnings.filterwarnings("ignore", category=SAWarning)
