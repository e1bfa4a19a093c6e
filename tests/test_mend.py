"""Damaged notebooks are mended against the release, and nbgrader takes every result."""

import copy
import json
import os
import string
import sys
from pathlib import Path

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat.v3 import new_code_cell as code_3
from nbformat.v3 import new_notebook as notebook_3
from nbformat.v3 import new_worksheet
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from helpers.judge.mend import mend
from helpers.judge.unpack import Refused
from tools.project import ROOT

RELEASE = nbformat.read(ROOT / "exercises/ps3/ps3.ipynb", as_version=4)
GRADED = [cell for cell in RELEASE.cells if "nbgrader" in cell.metadata]
LRN = "# exercise: ps3-lrn\nlrn = len"
CODE = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}


def student() -> dict:
    """The release as plain data, with an answer to ps3-lrn and one to ps3-written."""
    notebook = json.loads(nbformat.writes(RELEASE))
    cell(notebook, "ps3-lrn")["source"] = LRN
    cell(notebook, "ps3-written")["source"] = "<!-- exercise: ps3-written -->\nIt is ln 10."
    return notebook


def cell(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["id"] == name)


def place(notebook: dict, name: str) -> int:
    return notebook["cells"].index(cell(notebook, name))


def mended(notebook: dict):
    return mend(json.dumps(notebook).encode(), RELEASE)


def graded(notebook) -> dict:
    return {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}


def lost_metadata(notebook):
    for one in notebook["cells"]:
        one["metadata"] = {}
        del one["id"]


def duplicated(notebook):
    again = copy.deepcopy(cell(notebook, "ps3-lrn")) | {"source": LRN + "\n# second"}
    notebook["cells"].append(again)


def deleted(notebook):
    for name in ("ps3-lrn-check", "ps3-zfnet", "ps3-zfnet-check"):
        notebook["cells"].remove(cell(notebook, name))


def moved(notebook):
    notebook["cells"].append(notebook["cells"].pop(place(notebook, "ps3-lrn")))


def retyped(notebook):
    for name, kind in (("ps3-lrn", "markdown"), ("ps3-written", "code")):
        one = cell(notebook, name)
        one.update(CODE | {"cell_type": kind, "metadata": one["metadata"]})


def flipped(notebook):
    for name in ("ps3-lrn", "ps3-lrn-check", "ps3-written"):
        flags = cell(notebook, name)["metadata"]["nbgrader"]
        flags |= {"grade": not flags["grade"], "solution": not flags["solution"], "points": 99}


def invented(notebook):
    flags = dict(cell(notebook, "ps3-lrn-check")["metadata"]["nbgrader"], grade_id="ps3-gift")
    notebook["cells"].append(CODE | {"source": "1", "metadata": {"nbgrader": flags}})


def odd(notebook):
    notebook["cells"][1:1] = [7, {}, CODE | {"source": ["a", "\ud800"], "id": "!"}]
    notebook["cells"][0]["metadata"] = {"nbgrader": {"grade_id": ["x"], "grade": 1}}


DAMAGES = [lost_metadata, duplicated, deleted, moved, retyped, flipped, invented, odd]


@pytest.fixture(scope="module")
def nbgrader(tmp_path_factory):
    """Real Autograde, all of its steps but running the cells, on a mended notebook."""
    folder = tmp_path_factory.mktemp("course")
    patch = pytest.MonkeyPatch()
    patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)  # it calls alembic
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.NbGraderAPI.log_level = "CRITICAL"
    steps = autograde.Autograde.class_traits()["autograde_preprocessors"].default()
    config.Autograde.autograde_preprocessors = [s for s in steps if s.__name__ != "Execute"]
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    (folder / "source/ps3").mkdir(parents=True)
    source = (ROOT / "solutions/ps3/ps3.ipynb").read_bytes()
    (folder / "source/ps3/ps3.ipynb").write_bytes(source)
    assert api.generate_assignment("ps3")["success"]

    def graded_by(student: str, notebook) -> dict:
        path = folder / "submitted" / student / "ps3/ps3.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(notebook, path)
        return api.autograde("ps3", student)

    yield graded_by
    patch.undo()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_nbgrader_s_autograde_takes_the_result(damage, nbgrader):
    notebook = student()
    damage(notebook)
    result = nbgrader(damage.__name__, mended(notebook).notebook)
    assert result["success"], result["log"]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda d: d.__name__)
def test_the_graded_cells_are_the_release_s_each_once(damage):
    notebook = student()
    damage(notebook)
    result = mended(notebook)
    found = [c for c in result.notebook.cells if "nbgrader" in c.metadata]
    assert {c.id: (c.cell_type, c.metadata) for c in found} == {
        c.id: (c.cell_type, c.metadata) for c in GRADED
    }
    assert len(found) == len(GRADED)
    assert mend(nbformat.writes(result.notebook).encode(), RELEASE).notebook == result.notebook


def test_an_undamaged_notebook_keeps_its_cells_and_gets_no_remark():
    result = mended(student())
    assert (result.remarks, result.lost) == ((), ())
    assert [c.id for c in result.notebook.cells] == [c.id for c in RELEASE.cells]
    assert graded(result.notebook)["ps3-lrn"].source == LRN


def test_the_untouched_release_comes_back_as_it_was():
    result = mend(nbformat.writes(RELEASE).encode(), RELEASE)
    same = [(c.id, c.cell_type, c.source) for c in RELEASE.cells]
    assert [(c.id, c.cell_type, c.source) for c in result.notebook.cells] == same
    assert result.remarks == ()


def test_answers_without_metadata_are_found_by_their_first_line():
    notebook = student()
    lost_metadata(notebook)
    result = mended(notebook)
    assert graded(result.notebook)["ps3-lrn"].source == LRN
    assert graded(result.notebook)["ps3-written"].source.endswith("It is ln 10.")
    assert result.lost == ()


def test_an_answer_without_metadata_and_first_line_is_found_by_its_id():
    notebook = student()
    cell(notebook, "ps3-lrn").update(metadata={}, source="lrn = len")
    assert graded(mended(notebook).notebook)["ps3-lrn"].source == "lrn = len"


def test_of_two_answers_the_last_counts_and_both_stay():
    notebook = student()
    duplicated(notebook)
    result = mended(notebook)
    assert graded(result.notebook)["ps3-lrn"].source == LRN + "\n# second"
    assert [c.source for c in result.notebook.cells].count(LRN) == 1
    assert "ps3-lrn was there 2 times: the last one is the answer" in result.remarks


def test_a_check_stands_right_after_its_answer_wherever_that_went():
    notebook = student()
    moved(notebook)
    cells = mended(notebook).notebook.cells
    assert [c.id for c in cells[-2:]] == ["ps3-lrn", "ps3-lrn-check"]


def test_an_exercise_without_a_cell_is_lost_and_the_release_s_stands_at_the_end():
    notebook = student()
    deleted(notebook)
    result = mended(notebook)
    assert result.lost == ("ps3-zfnet",)
    assert [c.id for c in result.notebook.cells[-2:]] == ["ps3-zfnet", "ps3-zfnet-check"]
    assert "ps3-zfnet was missing and is the release's again" in result.remarks


def test_what_was_changed_is_said():
    notebook = student()
    retyped(notebook)
    invented(notebook)
    cell(notebook, "ps3-zfnet-check")["source"] = "pass"
    cell(notebook, "ps3-receptive")["source"] = "# exercise: ps3-receptive\n<<<<<<< mine\n1"
    cell(notebook, "ps3-receptive-check")["metadata"]["nbgrader"]["points"] = 30
    said = "\n".join(mended(notebook).remarks)
    assert "ps3-lrn was a markdown cell and is code again" in said
    assert "the problem set does not have: ps3-gift" in said
    assert "ps3-zfnet-check had been changed" in said
    assert "ps3-receptive holds leftovers of a merge" in said
    assert "ps3-receptive-check had other points or flags" in said


def test_a_student_s_own_cells_keep_their_places_without_metadata_and_outputs():
    notebook = student()
    output = {"output_type": "stream", "name": "stdout", "text": "ps3"}
    mine = {"id": "mine", "source": "x = 1", "outputs": [output], "metadata": {"tags": ["<b>"]}}
    at = place(notebook, "ps3-zfnet")
    notebook["cells"].insert(at, CODE | mine)
    kept = mended(notebook).notebook.cells[at]
    assert (kept.id, kept.source, kept.outputs, kept.metadata) == ("mine", "x = 1", [], {})


def test_tags_in_a_written_answer_are_none_any_more():
    notebook = student()
    cell(notebook, "ps3-written")["source"] += "<script>hit = 1</script>"
    assert "<script" not in graded(mended(notebook).notebook)["ps3-written"].source


def test_a_written_answer_on_the_mark_s_own_line_is_kept():
    notebook = student()
    cell(notebook, "ps3-written")["source"] = "<!-- exercise: ps3-written --> ln 10"
    source = graded(mended(notebook).notebook)["ps3-written"].source
    assert source == "<!-- exercise: ps3-written -->\nln 10"


def test_a_notebook_of_version_3_is_converted():
    old = notebook_3(worksheets=[new_worksheet(cells=[code_3(input=LRN, language="python")])])
    result = mend(json.dumps(old).encode(), RELEASE)
    assert graded(result.notebook)["ps3-lrn"].source == LRN
    assert "the notebook was of version 3 and is of version 4 now" in result.remarks


def test_a_byte_order_mark_and_nan_do_no_harm():
    text = json.dumps(student() | {"metadata": {"loss": float("nan")}})
    assert mend(b"\xef\xbb\xbf" + text.encode(), RELEASE).remarks == ()


WHOLE = json.dumps(student(), indent=1)
UNREADABLE = {
    "empty": (b"", "the file is empty"),
    "blank": (b" \n", "the file is empty"),
    "cut in a text": (WHOLE[:900].encode(), "cut short at line"),
    "cut at the end": (WHOLE[:-3].encode(), "cut short at line"),
    "merge": (WHOLE.replace("{", "{\n<<<<<<< HEAD", 1).encode(), "leftovers of a merge"),
    "no json": (b"%PDF-1.7 a b c d", "not the JSON of a notebook"),
    "deep": (b"[" * 100_000, "not the JSON of a notebook"),
    "a list": (b"[1]", "no list of cells"),
    "no cells": (b'{"cells": []}', "0 cells"),
    "many cells": (json.dumps({"cells": [0] * 2001}).encode(), "2,001 cells"),
    "large": (b" " * 21 * 2**20 + b"{}", "21 MiB"),
    "other": (json.dumps({"cells": [CODE | {"source": "1"}]}).encode(), "is it another one"),
    "version 2": (b'{"nbformat": 2, "worksheets": [{"cells": [{"a": 1}]}]}', "version 2"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_cannot_be_mended_is_one_sentence(case):
    data, sentence = UNREADABLE[case]
    with pytest.raises(Refused, match=sentence) as refused:
        mend(data, RELEASE)
    assert "\n" not in str(refused.value)


TEXTS = st.text(string.printable + "\x1b\u202e한\ud800", max_size=40)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), TEXTS, st.lists(TEXTS, max_size=2))
KEYS = ["cell_type", "source", "id", "metadata", "grade_id", "solution", "locked", "points"]
EDITS = st.tuples(
    st.sampled_from(["delete", "copy", "move", "set"]),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(KEYS),
    st.one_of(VALUES, st.sampled_from(["code", "markdown", "raw", "ps3-lrn", LRN])),
)


def edit(notebook: dict, kind: str, at: int, to: int, key: str, value) -> None:
    cells = notebook["cells"]
    at, to = at % len(cells), to % len(cells)
    if kind == "delete" and len(cells) > 1:
        del cells[at]
    elif kind == "copy":
        cells.insert(to, copy.deepcopy(cells[at]))
    elif kind == "move":
        cells.insert(to, cells.pop(at))
    elif key in ("grade_id", "solution", "locked", "points"):
        if isinstance(cells[at].get("metadata"), dict):
            cells[at]["metadata"].setdefault("nbgrader", {})[key] = value
    else:
        cells[at][key] = value


@settings(max_examples=60, deadline=None)
@given(st.lists(EDITS, min_size=1, max_size=8))
def test_mending_never_fails_and_a_second_time_changes_nothing(edits):
    notebook = student()
    for one in edits:
        edit(notebook, *one)
    once = mended(notebook).notebook
    assert {name: c.metadata for name, c in graded(once).items()} == {
        c.id: c.metadata for c in GRADED
    }
    again = mend(nbformat.writes(once).encode(), RELEASE)
    assert again.notebook == once
    assert again.lost == ()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(WHOLE)), st.binary(max_size=8))
def test_damaged_bytes_give_a_notebook_or_a_sentence(at, junk):
    data = WHOLE.encode()
    said = ""
    try:
        result = mend(data[:at] + junk + data[at + len(junk) :], RELEASE)
        assert len(graded(result.notebook)) == len(GRADED)
    except Refused as refused:
        said = str(refused)
    assert "\n" not in said
