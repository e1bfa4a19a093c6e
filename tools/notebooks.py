"""The only code that writes notebooks: chapters, solutions and releases from their sources.

python -m tools.notebooks build            write what differs
python -m tools.notebooks build --check    write nothing; exit 1 and name what differs
"""

import argparse
import json
import os
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from tools import cells, inline, outputs, release
from tools.project import ROOT, Problem, repository, shown

COLAB = """\
# On Colab this cell installs the course; where the course is installed it does nothing.
import importlib.util, os
if importlib.util.find_spec("helpers") is None:
    repository = os.environ.get("COURSE_REPOSITORY", "{url}")
    %pip install -q --no-deps git+{{repository}} captum aggdraw imagehash safetensors platformdirs\
"""
COLAB_LINK = "[Open in Colab](https://colab.research.google.com/{address}/blob/{branch}/{path})"


def chapter(path: Path, root: Path = ROOT) -> NotebookNode:
    """The notebook of a chapter's source, not yet run."""
    notebook = cells.read(path)
    for cell in notebook.cells:
        if "inline" in cell.metadata:
            cell.source = inline.source(cell.metadata.inline, root)
    return with_colab(notebook)


def with_colab(notebook: NotebookNode) -> NotebookNode:
    """Put the cell that installs the course on Colab before the first code cell."""
    kinds = [cell.cell_type for cell in notebook.cells]
    place = kinds.index("code") if "code" in kinds else len(kinds)
    cell = new_code_cell(COLAB.format(url=repository()["url"]), id="colab")
    cell.metadata.tags = ["remove-cell"]
    notebook.cells.insert(place, cell)
    return notebook


def problem_set(path: Path, root: Path = ROOT) -> tuple[NotebookNode, NotebookNode, list[dict]]:
    """Solution notebook, release, and the list of exercises of a problem set's source."""
    solution = chapter(path, root)
    exercises = release.mark_up(solution, path)
    public = repository()
    address = public["url"].removeprefix("https://").replace("github.com", "github", 1)
    notebook = f"exercises/{path.stem}/{path.stem}.ipynb"
    link = COLAB_LINK.format(address=address, branch=public["branch"], path=notebook)
    solution.cells[0].source += f"\n\n{link}"
    return solution, release.released(solution), exercises


def chapters(root: Path = ROOT) -> list[Path]:
    """The chapters' sources, in the book's order."""
    return sorted((root / "book").glob("[0-9][0-9]_*.md"))


def built(root: Path = ROOT) -> dict[Path, str]:
    """Every generated file with the text it should have."""
    files: dict[Path, str] = {}
    for source in chapters(root):
        notebook = chapter(source, root)
        outputs.keep(notebook, former(source.with_suffix(".ipynb")))
        files[source.with_suffix(".ipynb")] = as_text(notebook)
    reading: dict[str, dict] = {}
    for source in sorted((root / "solutions").glob("*/*.md")):
        solution, public, exercises = problem_set(source, root)
        files[source.with_suffix(".ipynb")] = as_text(solution)
        files[root / "exercises" / source.stem / f"{source.stem}.ipynb"] = as_text(public)
        reading |= {e.pop("exercise"): e for e in exercises}
    if reading:
        text = json.dumps(reading, indent=1, ensure_ascii=False)
        files[root / "helpers" / "checks" / "exercises.json"] = text + "\n"
    return files


def former(path: Path) -> NotebookNode | None:
    """The notebook as it lies there; an unreadable one counts as none."""
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, nbformat.reader.NotJSONError):
        return None


def as_text(notebook: NotebookNode) -> str:
    nbformat.validate(notebook)
    return nbformat.writes(notebook) + "\n"


def write(path: Path, text: str) -> None:
    """Write beside, then rename: a kill leaves the former file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.part")
    beside.write_text(text, "utf-8")
    os.replace(beside, path)


def differing(files: dict[Path, str], root: Path = ROOT) -> list[Path]:
    """Files that are missing or hold another text, and notebooks that have no source."""
    stale = [p for p, text in files.items() if not p.is_file() or p.read_text("utf-8") != text]
    found = [p for f in ("book", "solutions", "exercises") for p in (root / f).rglob("*.ipynb")]
    return stale + [p for p in sorted(found) if p not in files and ".ipynb_c" not in str(p)]


def build(root: Path = ROOT, check: bool = False) -> int:
    """Write, or with `check` only compare; the exit code."""
    files = built(root)
    stale = differing(files, root)
    names = ", ".join(shown(path) for path in stale)
    if check and stale:
        print(f"differ from their sources: {names}; run `make fix`", file=sys.stderr)
        return 1
    for path in stale:
        if path in files:
            write(path, files[path])
        else:
            print(f"{shown(path)} has no source; delete it", file=sys.stderr)
    if not check:
        print(f"{len(files)} files, written: {names or 'none, all were up to date'}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.notebooks", description=__doc__.split("\n")[0])
    parser.add_argument("command", choices=["build"])
    parser.add_argument("--check", action="store_true", help="write nothing; 1 if any differs")
    try:
        return build(check=parser.parse_args(arguments).check)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1


if __name__ == "__main__":
    raise SystemExit(main())
