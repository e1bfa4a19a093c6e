"""A student's notebook beside the released one: lost and damaged metadata restored.

The result is built anew. Its graded cells are the release's, each once, with the release's
metadata, types and points; the student gives the sources of the answers and the other cells, in
the student's order. So nbgrader takes every result.
"""

import re
from collections import defaultdict
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from helpers.judge.clean import clean_markdown, clean_text
from helpers.judge.unpack import AGAIN, CONFLICT, Refused, parse
from helpers.judge.unpack import cells as cells_of

MARK = re.compile(r"^[ \t]*(?:#+|<!--)[ \t]*exercise:[ \t]*([\w-]+)[ \t]*(?:-->)?", re.MULTILINE)
CELL_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
FLAGS = ("grade", "solution", "locked", "points")


@dataclass(frozen=True)
class Mended:
    """`notebook` for nbgrader, sentences for the teacher, and exercises without an answer cell."""

    notebook: NotebookNode
    remarks: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Hint:
    """What is left of a student's cell: type, source, and whose it claims to be."""

    kind: str
    source: str
    id: str
    graded: dict

    def claims(self, names: set[str]) -> str | None:
        """The graded cell that it is: by grade_id, else by its line, else by its id."""
        mark = MARK.search(self.source)
        claimed = (self.graded.get("grade_id"), mark and mark[1], self.id)
        return next((name for name in claimed if isinstance(name, str) and name in names), None)


class Release:
    """The released notebook's cells by what mending does with them."""

    def __init__(self, notebook: NotebookNode):
        self.metadata = notebook.metadata
        self.texts = {c.source for c in notebook.cells if c.cell_type == "markdown"}
        graded = [c for c in notebook.cells if "nbgrader" in c.metadata]
        self.cells = {c.metadata.nbgrader.grade_id: c for c in graded}
        self.followers: dict[str, list[NotebookNode]] = {}
        for name, cell in self.cells.items():
            if cell.metadata.nbgrader.solution:
                self.followers[name] = []
            elif self.followers:
                next(reversed(self.followers.values())).append(cell)


def mend(notebook: bytes, release: NotebookNode) -> Mended:
    """The student's notebook with exactly the release's graded cells.

    Where several cells are one exercise, all stay in their places and the last is the answer, as it
    is the last that defines the name. An exercise without a cell gets the release's, at the end.
    Texts are cleaned (`clean_markdown`), outputs, attachments and the students' metadata dropped.

    Args:
        notebook: the file as it came.
        release: what students got.

    Raises:
        helpers.judge.unpack.Refused: the file is no notebook, or one without an exercise of this
            problem set; the text is a sentence for the teacher.
    """
    data, repaired = parse(notebook)
    hints, passed = read(data)
    known = Release(release)
    claimed = [hint.claims(set(known.cells)) for hint in hints]
    answers = {name: at for at, name in enumerate(claimed) if name in known.followers}
    if not answers:
        listed = ", ".join(known.followers)
        raise Refused(f"the notebook holds none of the exercises {listed}: is it another one?")
    lost = tuple(name for name in known.followers if name not in answers)
    cells = arranged(hints, claimed, answers, known)
    cells += [cell for name in lost for cell in (known.cells[name], *known.followers[name])]
    mended = new_notebook(cells=numbered(cells, known), metadata=known.metadata)
    mended = nbformat.from_dict(mended)  # shares nothing with the release
    nbformat.validate(mended)
    remarks = (*repaired, *passed, *differences(hints, claimed, known))
    return Mended(mended, remarks, lost)


def arranged(
    hints: list[Hint], claimed: list[str | None], answers: dict[str, int], known: Release
) -> list[NotebookNode]:
    """The student's cells in their order, each answer followed by the release's check of it."""
    cells = []
    for at, (hint, name) in enumerate(zip(hints, claimed, strict=True)):
        if name in answers and answers[name] == at:
            cells += [answer(hint, known.cells[name]), *known.followers[name]]
        elif name is None or name in answers:
            cells.append(own(hint, known))
    return cells


def read(data: dict) -> tuple[list[Hint], list[str]]:
    """The cells of a notebook of any version, and sentences about what was passed over.

    Raises: Refused where the version cannot be converted.
    """
    remarks = []
    if "worksheets" in data:
        version = clean_text(str(data.get("nbformat")))
        try:
            data = nbformat.convert(nbformat.from_dict(data), to_version=4)
        except Exception:  # nbformat raises what its own code stumbles over
            fault = f"the notebook is of version {version} and cannot be converted to 4"
            raise Refused(f"{fault}; {AGAIN}") from None
        remarks.append(f"the notebook was of version {version} and is of version 4 now")
    hints = [hint(cell) for cell in cells_of(data)]
    if None in hints:
        remarks.append(f"{hints.count(None)} damaged cells were left out")
    return [found for found in hints if found], remarks


def hint(cell: object) -> Hint | None:
    """A cell as far as it can be understood; None for one without type or source."""
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(map(str, source))
    if not isinstance(source, str):
        return None
    metadata = cell.get("metadata")
    graded = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = cell.get("id")
    return Hint(
        cell["cell_type"],
        source.encode("utf-8", "replace").decode(),  # half a character pair cannot be stored
        name if isinstance(name, str) else "",
        graded if isinstance(graded, dict) else {},
    )


def answer(hint: Hint, released: NotebookNode) -> NotebookNode:
    """The released cell with the student's source."""
    cell = nbformat.from_dict(released)
    if cell.cell_type == "code":
        cell.source = hint.source
        return cell
    mark, _, untouched = released.source.partition("\n")
    text = MARK.sub("", hint.source, count=1)
    if text.strip() != untouched.strip():
        cell.source = f"{mark}\n{clean_markdown(text).strip()}"
    return cell


def own(hint: Hint, known: Release) -> NotebookNode:
    """A cell of the student's own, or one of the release's texts."""
    if hint.kind == "code":
        cell = new_code_cell(hint.source)
    elif hint.source in known.texts:
        cell = new_markdown_cell(hint.source)
    else:
        cell = new_markdown_cell(clean_markdown(hint.source))
    cell.id = hint.id
    return cell


def numbered(cells: list[NotebookNode], known: Release) -> list[NotebookNode]:
    """Give every cell that is not graded an id of its own: the one it had, where that is free."""
    taken = {cell.id for cell in known.cells.values()}
    wanted = {cell.id for cell in cells}
    spare = (f"own-{n}" for n in range(2 * len(cells) + 1) if f"own-{n}" not in wanted)
    for cell in cells:
        if "nbgrader" in cell.metadata:
            continue
        if cell.id in taken or not CELL_ID.fullmatch(cell.id):
            cell.id = next(spare)
        taken.add(cell.id)
    return cells


def differences(hints: list[Hint], claimed: list[str | None], known: Release) -> list[str]:
    """A sentence for each thing that was mended, other than metadata that was lost."""
    remarks, found = [], defaultdict(list)
    for hint, name in zip(hints, claimed, strict=True):
        found[name].append(hint)
    invented = {
        clean_text(str(h.graded["grade_id"])) for h in found[None] if "grade_id" in h.graded
    }
    if invented:
        remarks.append(f"cells that the problem set does not have: {', '.join(sorted(invented))}")
    for name, cell in known.cells.items():
        remarks += faults(name, cell, found[name])
    return remarks


def faults(name: str, released: NotebookNode, found: list[Hint]) -> list[str]:
    """What is wrong with the cells that claim to be one graded cell."""
    solution = released.metadata.nbgrader.solution
    if not found:
        return [f"{name} was missing and is the release's again"]
    remarks = []
    if len(found) > 1:
        rest = "the last one is the answer" if solution else "one is left"
        remarks.append(f"{name} was there {len(found)} times: {rest}")
    if found[-1].kind != released.cell_type:
        remarks.append(f"{name} was a {found[-1].kind} cell and is {released.cell_type} again")
    if any(changed(hint, released) for hint in found):
        remarks.append(f"{name} had other points or flags and has the release's again")
    if not solution and any(hint.source.strip() != released.source.strip() for hint in found):
        remarks.append(f"{name} had been changed and is the release's again")
    if solution and CONFLICT.search(found[-1].source):
        remarks.append(f"{name} holds leftovers of a merge (lines that begin with <<<<<<<)")
    return remarks


def changed(hint: Hint, released: NotebookNode) -> bool:
    """Whether metadata that is there says something else than the release."""
    mine, theirs = hint.graded, released.metadata.nbgrader
    return any(flag in mine and mine[flag] != theirs.get(flag) for flag in FLAGS)
