"""Grade hand-ins with nbgrader: a folder for each student with the notebook inside.

python -m tools.grade ps3 FOLDER

The course that nbgrader works in lies in _build/grade/ps3: gradebook, graded notebooks, feedback
pages and marks.csv. A second run grades only what is new or has changed.
"""

import argparse
import csv
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SAWarning
from traitlets.config import Config

from tools.project import ROOT, Problem, shown

CELL_SECONDS = 120
STUDENT = re.compile(r"\w[\w.@ -]*")  # what nbgrader and a spreadsheet take as a name

FAULT = re.compile(r"(?!nbgrader\.converters)[\w.]+(Error|Exception|Missing\w*): ")


class Course:
    """nbgrader's course for one problem set, in a folder of its own."""

    def __init__(self, problem_set: str, folder: Path, root: Path = ROOT):
        self.problem_set, self.folder = problem_set, folder
        self.solution = root / "solutions" / problem_set / f"{problem_set}.ipynb"
        if not self.solution.is_file():
            raise Problem(
                f"there is no problem set {problem_set!r}: {shown(self.solution)} is missing"
            )
        config = Config()
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
        config.Execute.timeout = CELL_SECONDS
        config.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]  # no word about TCP
        config.NbGraderAPI.log_level = "CRITICAL"
        self._nbgrader = NbGraderAPI(CourseDirectory(config=config), config=config)

    def register(self) -> None:
        """Tell nbgrader the exercises and their points, again when the solution has changed."""
        source = self.folder / "source" / self.problem_set / self.solution.name
        if source.is_file() and source.read_bytes() == self.solution.read_bytes():
            return
        source.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.solution, source)
        result = self._nbgrader.generate_assignment(self.problem_set)
        if not result["success"]:
            source.unlink()
            raise Problem(f"nbgrader cannot release {shown(self.solution)}: {last_line(result)}")

    def grade(self, student: str, notebook: Path) -> bool:
        """Grade one notebook and write its feedback page; False where it was graded before.

        Raises:
            Problem: the notebook cannot be read or graded; the text names the file.
        """
        taken = self._path("submitted", student)
        graded = self._path("feedback", student).with_suffix(".html")
        if graded.is_file() and taken.read_bytes() == notebook.read_bytes():
            return False
        require_notebook(notebook)
        graded.unlink(missing_ok=True)
        taken.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(notebook, taken)
        for step in (self._nbgrader.autograde, self._nbgrader.generate_feedback):
            result = step(self.problem_set, student)
            if not result["success"]:
                raise Problem(f"{notebook}: nbgrader stopped: {last_line(result)}")
        return True

    def marks(self) -> list[dict]:
        """A row for each student that was graded, in the order of their names."""
        with Gradebook(self._nbgrader.coursedir.db_url) as book:
            try:
                assignment = book.find_assignment(self.problem_set)
            except MissingEntry:
                return []
            rows = [row(submission) for submission in assignment.submissions]
        graded = [r for r in rows if self._path("feedback", r["student"]).parent.is_dir()]
        return sorted(graded, key=lambda r: r["student"])

    def _path(self, step: str, student: str) -> Path:
        return self.folder / step / student / self.problem_set / self.solution.name


def row(submission) -> dict:
    """One student's marks: a column for each exercise, then the sums."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    order = [cell.name for n in submission.assignment.notebooks for cell in n.source_cells]
    grades.sort(key=lambda grade: order.index(grade.name))
    return {
        "student": submission.student.id,
        **{grade.name.removesuffix("-check"): grade.score for grade in grades},
        "total": submission.score,
        "max": submission.max_score,
        "needs_manual": "yes" if submission.needs_manual_grade else "no",
    }


def require_notebook(path: Path) -> None:
    """Raises Problem where the file is not a notebook of version 4 with cells that can be read."""
    try:
        notebook = nbformat.read(path, as_version=nbformat.NO_CONVERT)
        nbformat.validate(notebook)
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from None
    except Exception as error:  # nbformat raises what its parser raises, for example KeyError
        cause = " ".join(str(error).split())[:120]
        fault = f"{path} is damaged: {cause}; ask for it again, saved from Jupyter or Colab"
        raise Problem(fault) from None
    if notebook.nbformat != 4:
        raise Problem(f"{path} is a notebook of version {notebook.nbformat}; save it as version 4")


def last_line(result: dict) -> str:
    """The fault behind a step that failed, from all that nbgrader logged."""
    lines = f"{result.get('error', '')}\n{result.get('log', '')}".splitlines()
    faults = [line for line in lines if FAULT.match(line)]
    return (faults or ["without a message"])[-1].strip()


def hand_ins(folder: Path, problem_set: str) -> Iterator[tuple[str, Path]]:
    """Student and notebook of each folder; a notebook may be missing."""
    if not folder.is_dir():
        raise Problem(f"{folder} is not a folder; give one that holds a folder for each student")
    students = sorted(path for path in folder.iterdir() if path.is_dir())
    if not students:
        raise Problem(f"{folder} holds no folder; put each notebook into FOLDER/STUDENT/")
    for path in students:
        yield path.name, path / f"{problem_set}.ipynb"


def grade_all(course: Course, submissions: Path) -> int:
    """Grade what is new, a line for each student; the number of hand-ins that need a look."""
    course.register()
    faults = 0
    for student, notebook in hand_ins(submissions, course.problem_set):
        try:
            fresh = grade_one(course, student, notebook)
        except Problem as problem:
            faults += 1
            print(f"{student}: not graded. {problem}", flush=True)
            continue
        marks = next(r for r in course.marks() if r["student"] == student)
        print(f"{student}: {summary(marks)}{'' if fresh else ' (graded before)'}", flush=True)
    return faults


def grade_one(course: Course, student: str, notebook: Path) -> bool:
    if not STUDENT.fullmatch(student):
        raise Problem("A folder's name may hold letters, digits and . _ @ - only: rename it")
    if not notebook.is_file():
        raise Problem(f"{notebook} is missing")
    return course.grade(student, notebook)


def summary(marks: dict) -> str:
    waiting = ", a written answer waits for you" if marks["needs_manual"] == "yes" else ""
    return f"{marks['total']:g} of {marks['max']:g}{waiting}"


def write_marks(rows: list[dict], path: Path) -> None:
    """Write beside, then rename: a kill leaves the former table or the new one."""
    beside = path.with_suffix(".part")
    with beside.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    os.replace(beside, path)


def use_own_kernel() -> None:
    """The kernel is this environment's, and nbgrader finds `alembic`, whatever the shell says."""
    os.environ.pop("JUPYTER_PATH", None)
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    programs = str(Path(sys.executable).parent)
    os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Grade hand-ins: make grade PS= SUBMISSIONS=")
    parser.add_argument("problem_set", metavar="PS", help="ps3")
    parser.add_argument("submissions", metavar="SUBMISSIONS", type=Path)
    options = parser.parse_args(arguments)
    use_own_kernel()
    warnings.filterwarnings("ignore", category=SAWarning)  # nbgrader's own, harmless
    folder = ROOT / "_build" / "grade" / options.problem_set
    try:
        course = Course(options.problem_set, folder)
        folder.mkdir(parents=True, exist_ok=True)
        faults = grade_all(course, options.submissions.resolve())
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    if rows := course.marks():
        write_marks(rows, folder / "marks.csv")
        print(f"marks: {shown(folder / 'marks.csv')}; feedback: {shown(folder / 'feedback')}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
