"""Hand-ins graded end to end by nbgrader; all tests share one course."""

import csv
import io
import os
import shutil
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from tools import grade
from tools.project import ROOT, Problem

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
REFERENCE = ROOT / "solutions/ps3/ps3.ipynb"
RELEASE = ROOT / "exercises/ps3/ps3.ipynb"


def half_right() -> nbformat.NotebookNode:
    """The release with two of the three answers taken from the solution, and a text of its own."""
    notebook = nbformat.read(RELEASE, as_version=4)
    solved = {cell.id: cell.source for cell in nbformat.read(REFERENCE, as_version=4).cells}
    for cell in notebook.cells:
        if cell.id in ("ps3-lrn", "ps3-receptive"):
            cell.source = "import sys; print('a remark', file=sys.stderr)\n" + solved[cell.id]
        if cell.id == "ps3-written":
            cell.source = "The loss is ln 10: it knows nothing."
    return notebook


def hand_in(folder: Path, student: str, text: str) -> None:
    (folder / student).mkdir(parents=True)
    (folder / student / "ps3.ipynb").write_text(text)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Three students and two faulty hand-ins, graded once and then a second time."""
    folder = tmp_path_factory.mktemp("grade")
    hand_in(folder / "in", "full", REFERENCE.read_text())
    hand_in(folder / "in", "half", nbformat.writes(half_right()))
    hand_in(folder / "in", "untouched", RELEASE.read_text())
    hand_in(folder / "in", "broken", RELEASE.read_text()[:900])
    (folder / "in" / "empty-handed").mkdir()
    kept = {name: os.environ.get(name) for name in ("PATH", "JUPYTER_PATH")}
    grade.use_own_kernel()
    course = grade.Course("ps3", folder / "course")
    (folder / "course").mkdir()
    first, second = graded(course, folder / "in"), graded(course, folder / "in")
    yield SimpleNamespace(course=course, folder=folder, first=first, second=second)
    os.environ.update({name: value for name, value in kept.items() if value is not None})


def graded(course, submissions) -> str:
    with redirect_stdout(io.StringIO()) as printed:
        grade.grade_all(course, submissions)
    return printed.getvalue()


def marks(run, student) -> dict:
    return next(row for row in run.course.marks() if row["student"] == student)


def test_the_reference_gets_full_marks_and_its_text_waits_for_a_person(run):
    full = marks(run, "full")
    assert (full["total"], full["max"], full["needs_manual"]) == (12, 16, "yes")
    assert (full["ps3-lrn"], full["ps3-receptive"], full["ps3-zfnet"]) == (4, 3, 5)


def test_the_untouched_release_gets_nothing_and_waits_for_nobody(run):
    assert marks(run, "untouched")["total"] == 0
    assert marks(run, "untouched")["needs_manual"] == "no"


def test_a_half_right_notebook_keeps_the_marks_of_its_right_answers(run):
    half = marks(run, "half")
    assert (half["ps3-lrn"], half["ps3-receptive"], half["ps3-zfnet"]) == (4, 3, 0)
    assert half["needs_manual"] == "yes"


def test_a_damaged_and_a_missing_notebook_get_a_sentence_and_the_others_are_graded(run):
    lines = dict(line.split(": ", 1) for line in run.first.splitlines())
    assert "broken/ps3.ipynb is damaged" in lines["broken"]
    assert "empty-handed/ps3.ipynb is missing" in lines["empty-handed"]
    assert lines["untouched"] == "0 of 16"
    assert [row["student"] for row in run.course.marks()] == ["full", "half", "untouched"]


def test_a_second_run_grades_nothing_again(run):
    assert run.first.count("graded before") == 0
    assert run.second.count("graded before") == 3


def test_a_feedback_page_shows_the_check_s_words_and_no_stack(run):
    page = (run.folder / "course/feedback/half/ps3/ps3.html").read_text()
    assert "ZFNet is not written yet" in page
    assert "LocalAnswer" not in page


def test_the_table_of_marks_has_a_column_for_each_exercise(run, tmp_path):
    grade.write_marks(run.course.marks(), tmp_path / "marks.csv")
    with (tmp_path / "marks.csv").open() as file:
        header, *rows = csv.reader(file)
    exercises = ["ps3-lrn", "ps3-receptive", "ps3-zfnet", "ps3-written"]
    assert header == ["student", *exercises, "total", "max", "needs_manual"]
    assert rows[0] == ["full", "4.0", "3.0", "5.0", "0.0", "12.0", "16.0", "yes"]


def test_a_notebook_handed_in_again_is_graded_again(run):
    shutil.copyfile(RELEASE, run.folder / "in/half/ps3.ipynb")
    assert run.course.grade("half", run.folder / "in/half/ps3.ipynb")
    assert marks(run, "half")["total"] == 0


def test_an_unknown_problem_set_and_an_empty_folder_are_sentences(tmp_path):
    with pytest.raises(Problem, match="there is no problem set 'ps99'"):
        grade.Course("ps99", tmp_path)
    with pytest.raises(Problem, match="holds no folder"):
        list(grade.hand_ins(tmp_path, "ps3"))


def test_a_name_that_a_spreadsheet_would_calculate_is_refused(tmp_path):
    with pytest.raises(Problem, match="rename it"):
        grade.grade_one(None, "=1+1", tmp_path)
