"""A MyST source read into notebook cells that each have their own lasting id, and its rules.

Differs from plain jupytext: ids come from the source (jupytext draws random ones), and an option
or a tag that nothing reads is refused, because Jupyter Book ignores a misspelt one in silence.
"""

import re
from collections.abc import Callable
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from tools.project import Problem, shown

CODE_OPTIONS = {"id", "tags", "mystnb", "inline", "exercise", "points", "check", "read"}
TEXT_OPTIONS = {"id", "tags", "written", "points", "read"}
MYSTNB = {"image": {"alt", "width", "classes"}, "figure": {"caption", "name"}}
TAGS = {
    *("parameters", "claim", "nbval-check-output", "nbval-skip", "nbval-ignore-output"),
    *("hide-input", "hide-output", "hide-cell", "remove-input", "remove-output", "remove-cell"),
    *("full-width", "margin"),
}
LONGEST_CELL = 8
DRAWS = re.compile(r"\bplots\.\w+\(|\bplt\.show\(")
HEADER = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    # ipython3, or Sphinx warns about lines such as %pip
    "language_info": {"file_extension": ".py", "name": "python", "pygments_lexer": "ipython3"},
}


def read(path: Path) -> NotebookNode:
    """The notebook of a source, with ids and the course's header; cell options stay in metadata.

    Raises: Problem where a rule of the sources is broken; it names the file and the cell.
    """
    notebook = jupytext.reads(path.read_text("utf-8"), fmt="md:myst")
    notebook.metadata = NotebookNode(HEADER)
    notebook.nbformat_minor = 5
    for cell in notebook.cells:
        cell.id = name_of(cell)
    name_texts(notebook.cells)
    for rule in (known_options, usable_id, short_enough, described_figure):
        for cell in notebook.cells:
            complain(path, cell, rule)
    seen: set[str] = set()
    for cell in notebook.cells:
        if cell.id in seen:
            raise Problem(f"{shown(path)}, cell {cell.id}: this id is used twice; rename one")
        seen.add(cell.id)
    return notebook


def complain(path: Path, cell: NotebookNode, rule: Callable[[NotebookNode], str | None]) -> None:
    """Raise a Problem where the rule has something to say about the cell."""
    fault = rule(cell)
    if fault:
        name = cell.id or f"{cell.source.strip().splitlines()[:1] or ['(empty)']}"
        raise Problem(f"{shown(path)}, cell {name}: {fault}")


def name_of(cell: NotebookNode) -> str:
    """The id an author gave, taken out of the metadata; '' where there is none."""
    given = cell.metadata.pop("id", None)
    return str(cell.metadata.get("exercise") or cell.metadata.get("written") or given or "")


def name_texts(cells: list[NotebookNode]) -> None:
    """Name each unnamed text after the named cell that follows: alone it has nothing lasting."""
    following, count = "last", 0
    for cell in reversed(cells):
        if cell.id:
            following, count = cell.id, 0
        elif cell.cell_type == "markdown":
            count += 1
            cell.id = f"{following}-text" + (f"-{count}" if count > 1 else "")


def known_options(cell: NotebookNode) -> str | None:
    """Options, tags and mystnb keys that nothing would read."""
    known = CODE_OPTIONS if cell.cell_type == "code" else TEXT_OPTIONS
    strange = set(cell.metadata) - known
    strange |= set(cell.metadata.get("tags", ())) - TAGS
    for key, options in cell.metadata.get("mystnb", {}).items():
        strange |= set(options) - MYSTNB[key] if key in MYSTNB else {key}
    if not strange:
        return None
    return f"nothing reads {', '.join(sorted(map(str, strange)))}; is it misspelt?"


def usable_id(cell: NotebookNode) -> str | None:
    """An id that is missing, or that Jupyter would refuse."""
    if not cell.id:
        return "has no id; give it `:id: some-name`, so that its outputs can be kept"
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", cell.id):
        return f"an id has 1 to 64 letters, digits, - and _, not {cell.id!r}"
    return None


def short_enough(cell: NotebookNode) -> str | None:
    """A code cell that asks more than one question."""
    lines = len(cell.source.strip().splitlines())
    if cell.cell_type != "code" or "exercise" in cell.metadata or lines <= LONGEST_CELL:
        return None
    return f"has {lines} lines, at most {LONGEST_CELL} fit one question; split it, or use helpers"


def described_figure(cell: NotebookNode) -> str | None:
    """A figure that a reader who cannot see it would miss."""
    if cell.cell_type != "code" or not DRAWS.search(cell.source):
        return None
    alt = str(cell.metadata.get("mystnb", {}).get("image", {}).get("alt", ""))
    if len(alt.split()) >= 3:
        return None
    return f"draws a figure: say in `mystnb: image: alt:` what it shows (got {alt!r})"
