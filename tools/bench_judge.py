"""The judge against stock nbgrader on the same 20 notebooks, in turns: `make bench`.

Stock nbgrader's grade cell calls the same check in the student's own kernel. Writes
tests/answers/speed.json: the median ratio of the seconds of a hand-in, and of the peak memory of
the whole tree of processes (shared pages counted by share), each with its interval.
"""

import argparse
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
import psutil

from tools.bench import summary
from tools.project import ROOT

RECORD = ROOT / "tests" / "answers" / "speed.json"
PERIOD = 0.1


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


def share(process: psutil.Process) -> float:
    """MiB of a process; a page that two share counts half for each."""
    try:
        return process.memory_full_info().pss / 2**20
    except psutil.Error:
        return 0.0


class Grader:
    """A process that grades one hand-in after the other; it loads only what its kind needs."""

    def __init__(self, kind: str, folder: Path):
        command = [sys.executable, "-m", "tools.bench_grader", kind, str(folder)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen(command, cwd=ROOT, **pipes)
        self.total = self.measured("warm", notebooks(1)[0])[2]

    def measured(self, student: str, notebook: nbformat.NotebookNode) -> tuple[float, float, float]:
        """Seconds of one hand-in, peak MiB of the whole tree of processes meanwhile, points."""
        asked = json.dumps([student, nbformat.writes(notebook)])
        begin, peak = time.perf_counter(), 0.0
        self._process.stdin.write(asked + "\n")
        self._process.stdin.flush()
        tree = psutil.Process(self._process.pid)
        while not select.select([self._process.stdout], [], [], PERIOD)[0]:
            peak = max(peak, sum(map(share, [tree, *tree.children(recursive=True)])))
        points = float(self._process.stdout.readline())
        return time.perf_counter() - begin, peak, points

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.bench_judge", description=__doc__)
    parser.add_argument("--notebooks", type=int, default=20)
    parser.add_argument("--alternations", type=int, default=5)
    asked = parser.parse_args()
    os.environ |= {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    ratios, both = [], []
    with tempfile.TemporaryDirectory() as folder:
        graders = [Grader(kind, Path(folder, kind)) for kind in ("ours", "stock")]
        for turn in range(asked.alternations):
            for number, notebook in enumerate(notebooks(asked.notebooks)):
                order = graders if (turn + number) % 2 else graders[::-1]
                took = {g: g.measured(f"s{number}", notebook) for g in order}
                ours, stock = (took[grader] for grader in graders)
                assert ours[2] == stock[2], f"notebook {number}: {ours[2]} and {stock[2]} points"
                both.append([ours[:2], stock[:2]])
                ratios.append(np.divide(*both[-1]))
            print(f"turn {turn + 1}: {summary(np.array(ratios)[:, 0])}", flush=True)
        for grader in graders:
            grader.close()
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
