"""Runs one chapter in a process of its own: a deadline, its peak memory, and no half notebook.

`python -m tools.chapter IN OUT PARAMETERS` is that process; papermill and the kernel live in it.
"""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tools.project import ROOT

PATHS = ("IMAGENETTE_DIR", "COURSE_CACHE")


@dataclass(frozen=True)
class Outcome:
    """How a chapter's run went. `error` is None for a good one, else `cell: last line`."""

    name: str
    seconds: float
    peak_mib: float
    error: str | None


def environment() -> dict[str, str]:
    """The kernel is .venv's own, whatever the person's JUPYTER_PATH says; paths are absolute."""
    found = {k: v for k, v in os.environ.items() if k != "JUPYTER_PATH"}
    found |= {key: str(Path(found[key]).resolve()) for key in PATHS if found.get(key)}
    return found | {
        "JUPYTER_PREFER_ENV_PATH": "1",
        "PYTHONHASHSEED": "0",  # sets print in one order
        "PYTHONPATH": str(ROOT),
        "COURSE_RECORDS": "results",  # beside the pages: helpers.train keeps each training there
    }


def execute(notebook: Path, out: Path, parameters: dict, seconds: float, folder: Path) -> Outcome:
    """Run the notebook with `folder` as its working folder; `out` is whole only without an error.

    Args:
        seconds: the deadline for the whole chapter.
    """
    command = [sys.executable, "-m", "tools.chapter", notebook, out, json.dumps(parameters), folder]
    log = out.with_suffix(".log")
    begin = time.monotonic()
    with log.open("w") as file:
        child = subprocess.Popen(command, env=environment(), stdout=file, stderr=file, cwd=ROOT)
    late = threading.Timer(seconds, child.kill)
    late.start()
    try:
        _, status, usage = os.wait4(child.pid, 0)
    finally:
        late.cancel()
        child.kill()
    child.returncode = os.waitstatus_to_exitcode(status)
    took = time.monotonic() - begin
    error = None if child.returncode == 0 else what_failed(out, log, took >= seconds)
    return Outcome(notebook.stem, took, peak_mib(usage), error)


def peak_mib(usage: resource.struct_rusage) -> float:
    """The largest process's resident memory: the kernel's. macOS counts bytes, Linux KiB."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def what_failed(out: Path, log: Path, late: bool) -> str:
    """The cell that failed or was running, and the error's last line."""
    said = log.read_text("utf-8", errors="replace").strip() or "the run ended without a word"
    cell = last_begun(out)
    if late:
        said = "took too long and was stopped"
    elif cell is not None and (errors := [o for o in cell.outputs if o.output_type == "error"]):
        said = f"{errors[0].ename}: {errors[0].evalue}"
    return f"{cell.id if cell else 'before the first cell'}: {said.splitlines()[-1]}"


def last_begun(out: Path) -> nbformat.NotebookNode | None:
    """The last code cell that papermill began; it calls one `completed` where the kernel died."""
    try:
        cells = nbformat.read(out, as_version=4).cells
    except (OSError, ValueError):
        return None
    begun = [
        cell
        for cell in cells
        if cell.cell_type == "code"
        and cell.metadata.get("papermill", {}).get("status", "pending") != "pending"
    ]
    return begun[-1] if begun else None


def watch_parent() -> None:
    """End with the runner, even when it was killed; the kernel ends with us."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def main(notebook: str, out: str, parameters: str, folder: str) -> None:
    watch_parent()
    import papermill

    papermill.execute_notebook(
        *(notebook, out, json.loads(parameters)),
        kernel_name="python3",
        cwd=folder,
        progress_bar=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
