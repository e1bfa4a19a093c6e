"""The judge against stock nbgrader on the same 20 notebooks, in turns: `make bench`.

Stock nbgrader's grade cell calls the same check in the student's own kernel. Writes
tests/answers/speed.json: the median ratio of the seconds of a hand-in, and of the peak memory of
the whole tree of processes (shared pages counted by share), each with its interval.
"""

import argparse
import json
import os
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import numpy as np
import psutil
from nbgrader.converters import Autograde

from tools.bench import summary
from tools.course import Course
from tools.project import ROOT

RECORD = ROOT / "tests" / "answers" / "speed.json"
PERIOD = 0.1


class Stock(Course):
    """nbgrader as it comes: students' code and marks in one process."""

    def __init__(self, problem_set: str, folder: Path):
        super().__init__(problem_set, folder)
        steps = Autograde.class_traits()["autograde_preprocessors"].default()
        self._config.Autograde.autograde_preprocessors = steps
        self._config.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]


def notebooks(count: int) -> list[nbformat.NotebookNode]:
    """Hand-ins with every mixture of solved and untouched exercises, each with its own remark."""
    solved = nbformat.read(ROOT / "solutions/ps3/ps3.ipynb", as_version=4)
    right = {cell.id: cell.source for cell in solved.cells}
    found = []
    for number in range(count):
        notebook = nbformat.read(ROOT / "exercises/ps3/ps3.ipynb", as_version=4)
        for bit, name in enumerate(("ps3-zfnet", "ps3-lrn", "ps3-receptive")):
            cell = next(cell for cell in notebook.cells if cell.id == name)
            if not number >> bit & 1:
                cell.source = f"{right[name]}\n# {number}"
        found.append(notebook)
    return found


class Peak:
    """The largest memory of this process and its children, in MiB, from `with` to its end."""

    def __enter__(self) -> "Peak":
        self.mib, self._over = 0.0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self._over.wait(PERIOD):
            tree = [own, *own.children(recursive=True)]
            self.mib = max(self.mib, sum(map(share, tree)))


def share(process: psutil.Process) -> float:
    try:
        return process.memory_full_info().pss / 2**20
    except psutil.Error:
        return 0.0


def measured(course: Course, student: str, notebook: nbformat.NotebookNode) -> tuple[float, float]:
    """Seconds and MiB of one hand-in, graded anew."""
    course.stamp_file(student).unlink(missing_ok=True)
    with Peak() as peak:
        begin = time.perf_counter()
        course.grade(student, notebook)
        took = time.perf_counter() - begin
    return took, peak.mib


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench_judge", description=__doc__)
    parser.add_argument("--notebooks", type=int, default=20)
    parser.add_argument("--alternations", type=int, default=5)
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    os.environ["PYTHONPATH"] = str(ROOT)
    handed, ratios, both = notebooks(asked.notebooks), [], []
    with tempfile.TemporaryDirectory() as folder:
        courses = [Course("ps3", Path(folder, "ours")), Stock("ps3", Path(folder, "stock"))]
        for course in courses:
            course.folder.mkdir()
            course.register()
            measured(course, "warm", handed[0])
        for turn in range(asked.alternations):
            for number, notebook in enumerate(handed):
                order = courses if (turn + number) % 2 else courses[::-1]
                took = {c: measured(c, f"s{number}", notebook) for c in order}
                both.append([took[course] for course in courses])
                ratios.append(np.divide(*both[-1]))
            print(f"turn {turn + 1}: {summary(np.array(ratios)[:, 0])}", flush=True)
        assert [r["total"] for r in courses[0].marks()] == [r["total"] for r in courses[1].marks()]
    seconds, memory = np.array(ratios).T
    ours, stock = np.median(both, axis=0)
    record = {
        "notebooks": asked.notebooks,
        "alternations": asked.alternations,
        "seconds_ratio": summary(seconds),
        "memory_ratio": summary(memory),
        "ours_seconds_and_mib": ours.round(2).tolist(),
        "stock_seconds_and_mib": stock.round(2).tolist(),
    }
    RECORD.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record, indent=1))


if __name__ == "__main__":
    main()
