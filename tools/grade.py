"""Grade hand-ins: `make grade PS=ps3 SUBMISSIONS=folder-or-zip`.

The course that nbgrader works in lies in _build/grade/ps3: gradebook, graded notebooks, feedback
pages and marks.csv. A second run grades only what is new or has changed, so a run that was stopped
goes on where it was.
"""

import argparse
import csv
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import nbformat

from helpers.judge.clean import clean_text, safe_cell
from helpers.judge.intake import HandIn, hand_ins
from helpers.judge.mend import mend
from helpers.judge.sandbox import Refused as NoSandbox
from helpers.judge.sandbox import probe
from helpers.judge.unpack import Refused
from tools.course import Course
from tools.project import ROOT, Problem, shown

BARE = "-without-sandbox"  # a gradebook of its own, so that these marks meet no others
WARNING = (
    "Warning: without a sandbox, each notebook may read, change and send whatever you can. "
    "Go on with your own notebooks only; the marks stay out of the gradebook."
)


@dataclass(frozen=True)
class Line:
    """What is told of a student: `said` in words, `remarks` for the teacher."""

    student: str
    said: str
    graded: bool
    remarks: tuple[str, ...] = ()


def grade_one(problem_set: str, folder: Path, bare: bool, handed: HandIn) -> Line:
    """Mend, judge, grade: one student. What stops this one stops no other."""
    course = Course(problem_set, folder, bare=bare)
    if handed.notebook is None:
        return Line(handed.student, f"not graded. {' '.join(handed.remarks)}", False)
    try:
        mended = mend(handed.notebook, nbformat.read(course.release, as_version=4))
        fresh = course.grade(handed.student, mended.notebook)
    except (Refused, Problem) as problem:
        return Line(handed.student, f"not graded. {problem}", False, handed.remarks)
    marks = next(r for r in course.marks() if r["student"] == handed.student)
    said = f"{summary(marks)}{'' if fresh else ' (graded before)'}"
    return Line(handed.student, said, True, (*handed.remarks, *mended.remarks))


def summary(marks: dict) -> str:
    waiting = ", a written answer waits for you" if marks["needs_manual"] == "yes" else ""
    return f"{marks['total']:g} of {marks['max']:g}{waiting}"


def grade_all(course: Course, submissions: Path, jobs: int = 1) -> int:
    """Grade what is new, a line for each student; the number of hand-ins that need a look."""
    course.register()
    work = partial(grade_one, course.problem_set, course.folder, course.bare)
    faults = 0
    with pool(jobs) as mapped:
        for line in mapped(work, hand_ins(submissions, course.problem_set)):
            print(clean_text(f"{line.student}: {line.said}"), flush=True)
            for remark in line.remarks:
                print(f"  {clean_text(remark)}", flush=True)
            faults += not line.graded
    return faults


def pool(jobs: int):
    """A context with a `map` that keeps the order: here, or in as many processes as `jobs`."""
    if jobs == 1:
        return nullcontext(map)
    return Pool(jobs)


class Pool:
    """Processes that work ahead while the lines are printed in their order."""

    def __init__(self, jobs: int):
        self._workers = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"))

    def __enter__(self):
        return self._map

    def _map(self, work, items: Iterable) -> Iterator:
        futures = [self._workers.submit(work, item) for item in items]
        return (future.result() for future in futures)

    def __exit__(self, *error: object) -> None:
        self._workers.shutdown(cancel_futures=True)


def write_marks(rows: list[dict], path: Path) -> None:
    """Write beside, then rename: a kill leaves the former table or the new one."""
    beside = path.with_suffix(".part")
    with beside.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows({k: safe_cell(v) if isinstance(v, str) else v for k, v in row.items()}
                        for row in rows)  # fmt: skip
    os.replace(beside, path)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Grade hand-ins: make grade PS= SUBMISSIONS=")
    parser.add_argument("problem_set", metavar="PS", help="ps3")
    parser.add_argument("submissions", metavar="SUBMISSIONS", type=Path)
    parser.add_argument("--without-sandbox", action="store_true", help="your own notebooks only")
    parser.add_argument("--jobs", type=int, default=1, help="how many are judged at once")
    options = parser.parse_args(arguments)
    bare = options.without_sandbox
    folder = ROOT / "_build" / "grade" / (options.problem_set + BARE * bare)
    try:
        course = Course(options.problem_set, folder, bare=bare)
        if bare:
            print(WARNING, file=sys.stderr)
        else:
            probe()
        folder.mkdir(parents=True, exist_ok=True)
        faults = grade_all(course, options.submissions, options.jobs)
    except (Problem, Refused, NoSandbox) as problem:
        print(problem, file=sys.stderr)
        return 1
    if rows := course.marks():
        write_marks(rows, folder / "marks.csv")
        print(f"marks: {shown(folder / 'marks.csv')}; feedback: {shown(folder / 'feedback')}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
