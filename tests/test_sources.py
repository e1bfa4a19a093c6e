"""Built notebooks are what their sources say, and hold nothing that a page would show wrongly."""

import copy
import os
import re
import subprocess
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_output

from tools import inline, notebooks, outputs
from tools.project import ROOT, Problem
from tools.run import RECORD

CHAPTERS = [path.with_suffix(".ipynb") for path in notebooks.chapters()]
each_chapter = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)

TITLE = "# A chapter\n\n"
GOOD = "```{code-cell} ipython3\n:id: one\n\nprint(1)\n```\n"
EXERCISE = """# A problem set

```{code-cell} ipython3
:exercise: ps9-double
:points: 4
:check: double
:read: "Doubling"

def double(x):
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
```

Why?

+++ {"written": "ps9-written", "points": 3}

Because.
"""


@pytest.fixture
def house(tmp_path):
    """A repository with one chapter, one problem set and one module."""
    (tmp_path / "book").mkdir()
    (tmp_path / "solutions" / "ps9").mkdir(parents=True)
    (tmp_path / "helpers").mkdir()
    (tmp_path / "book" / "01_one.md").write_text(TITLE + GOOD)
    (tmp_path / "solutions" / "ps9" / "ps9.md").write_text(EXERCISE)
    text = "import math\nfrom .names import choose, pick\n\nLIMIT = 3\n\n\n"
    text += "class Block:\n    @property\n    def area(self):\n        return math.pi * LIMIT\n\n"
    (tmp_path / "helpers" / "shapes.py").write_text(
        text + "    def pick(self):\n        choose()\n"
    )
    return tmp_path


def build(house) -> nbformat.NotebookNode:
    assert notebooks.build(house) == 0
    return nbformat.read(house / "book" / "01_one.ipynb", as_version=4)


def test_generated_files_match_their_sources():
    files = notebooks.built()
    assert notebooks.differing(files) == []


def test_building_twice_gives_the_same_bytes():
    assert notebooks.built() == notebooks.built()


def test_check_names_the_file_that_differs_and_writes_nothing(house, capsys):
    assert notebooks.build(house, check=True) == 1
    assert "01_one.ipynb" in capsys.readouterr().err
    assert not (house / "book" / "01_one.ipynb").exists()


def test_a_notebook_without_a_source_is_named(house, capsys):
    build(house)
    (house / "book" / "02_gone.ipynb").write_text("{}")
    assert notebooks.build(house, check=True) == 1
    assert "02_gone.ipynb" in capsys.readouterr().err


FAULTS = {
    "used twice": GOOD + "\n" + GOOD,
    "has no id": "```{code-cell} ipython3\nprint(1)\n```\n",
    "letters, digits": "```{code-cell} ipython3\n:id: a b\n\nprint(1)\n```\n",
    "has 9 lines": "```{code-cell} ipython3\n:id: one\n\n" + "print(1)\n" * 9 + "```\n",
    "draws a figure": "```{code-cell} ipython3\n:id: one\n\nplots.curves(run)\n```\n",
    "nothing reads clain": "```{code-cell} ipython3\n:id: one\n:tags: [clain]\n\nprint(1)\n```\n",
    "nothing reads poins": "```{code-cell} ipython3\n:id: one\n:poins: 3\n\nprint(1)\n```\n",
    "defines no Cube": "```{code-cell} ipython3\n:id: one\n:inline: helpers.shapes.Cube\n```\n",
    "no such module": "```{code-cell} ipython3\n:id: one\n:inline: helpers.none.Nothing\n```\n",
}


@pytest.mark.parametrize("said", FAULTS)
def test_a_broken_rule_is_a_sentence(house, said):
    path = house / "book" / "01_one.md"
    path.write_text(TITLE + FAULTS[said])
    with pytest.raises(Problem, match=said):
        notebooks.chapter(path, house)


def test_a_rule_names_file_and_cell(house):
    path = house / "book" / "01_one.md"
    path.write_text(TITLE + FAULTS["has 9 lines"])
    with pytest.raises(Problem, match=r"01_one\.md, cell one: "):
        notebooks.chapter(path, house)


def test_outputs_are_kept_by_id_when_a_cell_is_put_in_before(house):
    notebook = build(house)
    notebook.cells[-1].outputs = [new_output("stream", text="1\n")]
    notebook.cells[-1].execution_count = 2
    notebooks.write(house / "book" / "01_one.ipynb", notebooks.as_text(notebook))
    new = "```{code-cell} ipython3\n:id: zero\n\nprint(0)\n```\n\n"
    (house / "book" / "01_one.md").write_text(TITLE + new + GOOD)
    cells = build(house).cells
    assert [c.outputs for c in cells[-2:]] == [[], [new_output("stream", text="1\n")]]
    assert cells[-1].execution_count == 3


def test_outputs_of_a_changed_cell_are_dropped(house):
    notebook = build(house)
    notebook.cells[-1].outputs = [new_output("stream", text="1\n")]
    notebooks.write(house / "book" / "01_one.ipynb", notebooks.as_text(notebook))
    (house / "book" / "01_one.md").write_text(TITLE + GOOD.replace("print(1)", "print(2)"))
    assert build(house).cells[-1].outputs == []


def test_inlined_source_brings_its_imports(house):
    source = inline.source("helpers.shapes.Block", house)
    head = "import math\nfrom helpers.names import choose\nfrom helpers.shapes import LIMIT\n\n\n"
    assert source.startswith(head + "class Block:")


def test_a_method_is_inlined_with_its_decorator_and_without_indentation(house):
    source = inline.source("helpers.shapes.Block.area", house)
    assert source.endswith("\n\n\n@property\ndef area(self):\n    return math.pi * LIMIT")


def test_lines_that_came_in_several_messages_are_one_output():
    text, picture = partial(new_output, "stream", name="stdout"), new_output("display_data")
    found = outputs.joined([text(text="a\n"), text(text="b\n"), picture, picture, text(text="c\n")])
    assert [output.get("text") for output in found] == ["a\nb\n", None, None, "c\n"]


def test_cleaning_leaves_nothing_of_one_run(house):
    clean = outputs.clean(build(house))
    dirty = copy.deepcopy(clean)
    dirty.metadata.papermill = {"start_time": "now"}
    dirty.metadata.language_info.version = "3.11.7"
    dirty.metadata.widgets = {"state": 1}
    cell = dirty.cells[-1]
    cell.metadata |= {"execution": {"iopub.status.busy": "now"}, "papermill": {"duration": 1}}
    cell.metadata.tags = []
    cell.outputs = [new_output("stream", name="stderr", text="progress")]
    dirty.cells.insert(1, copy.deepcopy(cell))
    dirty.cells[1].metadata.tags = ["injected-parameters"]
    assert notebooks.as_text(outputs.clean(dirty)) == notebooks.as_text(clean)


def test_an_exercise_becomes_an_answer_and_a_locked_check(house):
    build(house)
    cells = nbformat.read(house / "solutions" / "ps9" / "ps9.ipynb", as_version=4).cells
    answer, check, written = cells[2], cells[3], cells[-1]
    assert answer.source.startswith("# exercise: ps9-double\ndef double")
    assert check.source == 'from helpers.checks import check\n\ncheck("ps9-double", double)'
    assert (check.id, check.metadata.nbgrader.points) == ("ps9-double-check", 4)
    assert written.metadata.nbgrader.points == 3
    assert check.metadata.nbgrader.locked


def test_the_release_holds_no_answer(house):
    build(house)
    text = (house / "exercises" / "ps9" / "ps9.ipynb").read_text()
    assert "return 2 * x" not in text
    assert "Because." not in text
    assert "raise NotImplementedError()" in text
    assert "exercise: ps9-written" in text


@pytest.mark.parametrize("lost", [":points: 4\n", ":check: double\n", "    ### END SOLUTION\n"])
def test_an_unfinished_exercise_is_a_sentence(house, lost):
    path = house / "solutions" / "ps9" / "ps9.md"
    path.write_text(EXERCISE.replace(lost, ""))
    with pytest.raises(Problem, match="cell ps9-double"):
        notebooks.problem_set(path, house)


WIDEST = 78  # characters of code that a page of 1280 pixels shows without a sideways scroll


@each_chapter
def test_code_fits_on_the_page(path):
    """Eight lines a cell, unless the cell shows the library's own source, and no long line."""
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    shown = [c for c in cells if "remove-cell" not in c.metadata.get("tags", ())]
    wide = [line for c in shown for line in c.source.splitlines() if len(line) > WIDEST]
    assert not wide
    source = path.with_suffix(".md").read_text()
    for cell in re.findall(r"```\{code-cell\} ipython3\n(.*?)```", source, re.DOTALL):
        code = re.sub(r"\A---\n.*?\n---\n|^:.*$", "", cell, flags=re.DOTALL | re.MULTILINE)
        assert len([row for row in code.splitlines() if row]) <= 8, cell


@pytest.mark.slow
def test_releases_are_what_nbgrader_generates(tmp_path):
    sets = sorted((ROOT / "solutions").glob("*/*.ipynb"))
    for path in sets:
        (tmp_path / "solutions" / path.stem).mkdir(parents=True)
        (tmp_path / "solutions" / path.stem / path.name).write_bytes(path.read_bytes())
    config = "c = get_config()\nc.CourseDirectory.source_directory = 'solutions'\n"
    config += "c.CourseDirectory.release_directory = 'exercises'\n"
    (tmp_path / "nbgrader_config.py").write_text(config)
    program = ROOT / ".venv" / "bin" / "nbgrader"
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}"}
    for path in sets:
        command = [program, "generate_assignment", path.stem]
        subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True)
        theirs = nbformat.read(tmp_path / "exercises" / path.stem / path.name, as_version=4)
        ours = nbformat.read(ROOT / "exercises" / path.stem / path.name, as_version=4)
        assert theirs == ours


@each_chapter
def test_committed_chapters_ran_whole_with_the_default_parameters(path):
    notebook = nbformat.read(path, as_version=4)
    assert notebook.metadata.get("course") == RECORD, f"make record CHAPTER={path.stem[:2]}"
    unrun = [c.id for c in notebook.cells if c.cell_type == "code" and c.execution_count is None]
    assert unrun == [], f"make record CHAPTER={path.stem[:2]}"


@each_chapter
def test_committed_chapters_hold_no_error_widget_or_stderr(path):
    cells = nbformat.read(path, as_version=4).cells
    found = [output for cell in cells for output in cell.get("outputs", ())]
    assert [o for o in found if o.output_type == "error" or not outputs.worth_showing(o)] == []
    pages = [o.get("data", {}).get("text/html", "") for o in found]
    assert not any("<script" in page or "https://" in page for page in pages)


@each_chapter
def test_every_figure_of_a_committed_chapter_says_what_it_shows(path):
    for cell in nbformat.read(path, as_version=4).cells:
        drawn = [o for o in cell.get("outputs", ()) if "image/png" in o.get("data", {})]
        alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
        assert not drawn or len(alt.split()) >= 3, cell.id
        assert len(drawn) <= 1, f"{cell.id} draws {len(drawn)} pictures under one alt text"


@pytest.mark.parametrize("path", sorted(ROOT.glob("[be]*/**/*.ipynb")), ids=lambda path: path.stem)
def test_a_notebook_is_at_most_500_kilobytes(path: Path):
    assert path.stat().st_size <= 500_000
