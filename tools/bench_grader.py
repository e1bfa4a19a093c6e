"""Grades hand-ins for tools.bench_judge: `python -m tools.bench_grader ours|stock FOLDER`.

Each line of its input is a student and a notebook, as JSON; each line of its output the points.
"""

import json
import os
import shutil
import sys
from pathlib import Path

import nbformat


class Stock:
    """nbgrader as it comes: students' code and marks in one process."""

    def __init__(self, folder: Path):
        from nbgrader.apps import NbGraderAPI
        from nbgrader.coursedir import CourseDirectory
        from traitlets.config import Config

        config = Config()
        config.CourseDirectory.root = str(folder)
        config.CourseDirectory.db_url = self._address = f"sqlite:///{folder / 'gradebook.db'}"
        config.NbGraderAPI.log_level = "CRITICAL"
        config.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
        self._folder = folder
        self._nbgrader = NbGraderAPI(CourseDirectory(config=config), config=config)
        source = folder / "source/ps3/ps3.ipynb"
        source.parent.mkdir(parents=True)
        shutil.copyfile("solutions/ps3/ps3.ipynb", source)
        self._nbgrader.generate_assignment("ps3")

    def grade(self, student: str, notebook: str) -> float:
        from nbgrader.api import Gradebook

        taken = self._folder / "submitted" / student / "ps3/ps3.ipynb"
        taken.parent.mkdir(parents=True, exist_ok=True)
        taken.write_text(notebook)
        for step in (self._nbgrader.autograde, self._nbgrader.generate_feedback):
            assert step("ps3", student)["success"]
        with Gradebook(self._address) as book:
            return book.find_submission("ps3", student).score


class Ours:
    def __init__(self, folder: Path):
        from tools.course import Course

        self._course = Course("ps3", folder)
        self._course.register()

    def grade(self, student: str, notebook: str) -> float:
        self._course.stamp_file(student).unlink(missing_ok=True)
        self._course.grade(student, nbformat.reads(notebook, as_version=4))
        return next(r["total"] for r in self._course.marks() if r["student"] == student)


def main(kind: str, folder: str) -> None:
    programs = str(Path(sys.executable).parent)  # nbgrader calls alembic by name
    os.environ["PATH"] = os.pathsep.join([programs, os.environ["PATH"]])
    Path(folder).mkdir()
    grader = {"ours": Ours, "stock": Stock}[kind](Path(folder))
    for line in sys.stdin:
        print(grader.grade(*json.loads(line)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
