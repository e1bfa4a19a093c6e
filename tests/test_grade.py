"""Hand-ins graded end to end: intake, mending, the judge, nbgrader; all tests share one course."""

import csv
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from contextlib import redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.plugins import CsvExportPlugin

from helpers.judge.intake import HandIn
from helpers.judge.verdicts import Job, begun, verdicts
from tools import edition, grade
from tools.course import Course, lay_out
from tools.project import ROOT, Problem

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # nbgrader leaves its sessions open
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
REFERENCE = ROOT / "solutions/ps3/ps3.ipynb"
RELEASE = ROOT / "exercises/ps3/ps3.ipynb"
RIGHT = {cell.id: cell.source for cell in nbformat.read(REFERENCE, as_version=4).cells}


def answers(**sources: str) -> str:
    """The release with other sources in some cells, ps3_lrn="..."."""
    notebook = nbformat.read(RELEASE, as_version=4)
    for cell in notebook.cells:
        cell.source = sources.get(cell.id.replace("-", "_"), cell.source)
    return nbformat.writes(notebook)


HALF = answers(
    ps3_lrn="import sys; print('a remark', file=sys.stderr)\n" + RIGHT["ps3-lrn"],
    ps3_receptive=RIGHT["ps3-receptive"],
    ps3_written="<!-- exercise: ps3-written -->\nThe loss is ln 10: it knows nothing."
    " <script>document.title = 'hit'</script>",
)
EXITS = answers(ps3_lrn="import os\nos._exit(0)", ps3_receptive=RIGHT["ps3-receptive"])


def stripped(text: str) -> str:
    """As an editor leaves it that knows neither nbgrader nor cell ids."""
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    return json.dumps(notebook | {"nbformat_minor": 4})


def hand_in(folder: Path, student: str, text: str) -> None:
    (folder / student).mkdir(parents=True)
    (folder / student / "ps3.ipynb").write_text(text)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Students of many kinds, graded once and then a second time."""
    folder = tmp_path_factory.mktemp("grade")
    hand_in(folder / "in", "full", REFERENCE.read_text())
    hand_in(folder / "in", "half", HALF)
    hand_in(folder / "in", "exits", EXITS)
    hand_in(folder / "in", "lost", stripped(HALF))
    hand_in(folder / "in", "untouched", RELEASE.read_text())
    hand_in(folder / "in", "broken", RELEASE.read_text()[:900])
    (folder / "in" / "untouched" / "torch.py").write_text("raise SystemExit('the wrong torch')")
    (folder / "in" / "empty-handed").mkdir()
    path = os.environ["PATH"]
    course = Course("ps3", folder / "course")
    (folder / "course").mkdir()
    first, second = graded(course, folder / "in"), graded(course, folder / "in")
    yield SimpleNamespace(course=course, folder=folder, first=first, second=second)
    os.environ["PATH"] = path


def graded(course, submissions, jobs=1) -> str:
    with redirect_stdout(io.StringIO()) as printed:
        grade.grade_all(course, submissions, jobs)
    return printed.getvalue()


def marks(run, student) -> dict:
    return next(row for row in run.course.marks() if row["student"] == student)


def checked(run, student) -> tuple[float, ...]:
    row = marks(run, student)
    return tuple(row[f"ps3-{name}"] for name in ("lrn", "receptive", "zfnet", "vggconfig"))


def again(run, student: str, text: str) -> grade.Line:
    """One more hand-in of that student."""
    return grade.grade_one("ps3", run.course.folder, False, HandIn(student, text.encode(), ()))


@pytest.mark.parametrize(
    ("student", "points", "waits"),
    [
        ("full", (4, 3, 5, 4), "yes"),
        ("half", (4, 3, 0, 0), "yes"),
        ("lost", (4, 3, 0, 0), "yes"),
        ("exits", (0, 3, 0, 0), "no"),
        ("untouched", (0, 0, 0, 0), "no"),
    ],
)
def test_each_gets_what_the_answers_earn(run, student, points, waits):
    assert checked(run, student) == points
    assert marks(run, student)["needs_manual"] == waits


def test_what_cannot_be_graded_gets_a_sentence_and_the_others_are_graded(run):
    lines = dict(line.split(": ", 1) for line in run.first.splitlines() if ": " in line)
    assert lines["broken"].startswith("not graded.")
    assert "cut short" in lines["broken"]
    assert "ps3.ipynb is missing" in lines["empty-handed"]
    assert lines["untouched"] == "0 of 20"
    students = ["exits", "full", "half", "lost", "untouched"]
    assert [row["student"] for row in run.course.marks()] == students


def test_a_second_run_grades_nothing_again(run):
    assert run.first.count("graded before") == 0
    assert run.second.count("graded before") == 5


def page(run, student) -> str:
    return (run.folder / f"course/feedback/{student}/ps3/ps3.html").read_text()


def test_a_feedback_page_shows_what_was_expected_what_came_and_where_to_read(run):
    assert "ZFNet is not written yet" in page(run, "half")
    assert "read:" in page(run, "half")
    assert "LocalAnswer" not in page(run, "half")
    assert "the notebook was run again without this cell" in page(run, "exits")


def test_a_script_in_a_written_answer_is_text_on_the_page(run):
    assert "<script>document.title" not in page(run, "half")


def test_the_seed_of_each_grade_stands_in_the_gradebook(run):
    with Gradebook(run.course.address) as book:
        comment = book.find_submission_notebook("ps3", "ps3", "half").comments
        texts = [c.auto_comment for c in comment if c.name == "ps3-lrn"]
    seed = json.loads(run.course.stamp_file("half").read_text())["seed"]
    assert texts == [f"The check's numbers were drawn from seed {seed}."]


def test_the_table_of_marks_has_a_column_for_each_exercise(run, tmp_path):
    rows = [marks(run, "full") | {"student": "=1+1"}]
    grade.write_marks(rows, tmp_path / "marks.csv")
    with (tmp_path / "marks.csv").open() as file:
        header, *rows = csv.reader(file)
    exercises = ["ps3-lrn", "ps3-receptive", "ps3-zfnet", "ps3-vggconfig", "ps3-written"]
    assert header == ["student", *exercises, "total", "max", "needs_manual"]
    assert rows[0] == ["'=1+1", "4.0", "3.0", "5.0", "4.0", "0.0", "16.0", "20.0", "yes"]


def test_a_person_s_points_reach_the_marks_and_the_page_and_stay_when_graded_again(run):
    with Gradebook(run.course.address) as book:
        written = book.find_grade("ps3-written", "ps3", "ps3", "full")
        written.manual_score, written.needs_manual_grade = 3, False
        book.find_comment("ps3-written", "ps3", "ps3", "full").manual_comment = "Well seen."
        book.db.commit()
    assert not again(run, "full", REFERENCE.read_text()).said.startswith("not graded")
    assert marks(run, "full")["total"] == 19
    assert "Well seen." in page(run, "full")
    before = json.loads(run.course.stamp_file("full").read_text())
    again(run, "full", REFERENCE.read_text().replace("import torch\\n", "import torch  # !\\n"))
    after = json.loads(run.course.stamp_file("full").read_text())
    assert after["notebook"] != before["notebook"]
    assert after["seed"] != before["seed"]
    assert (marks(run, "full")["total"], marks(run, "full")["needs_manual"]) == (19, "yes")


def test_an_appeal_is_asked_with_the_same_seed(run):
    before = json.loads(run.course.stamp_file("lost").read_text())
    run.course.path("feedback", "lost", ".html").unlink()
    assert "graded before" not in again(run, "lost", stripped(HALF)).said
    assert json.loads(run.course.stamp_file("lost").read_text()) == before


def test_late_penalties_are_nbgrader_s(run):
    with Gradebook(run.course.address) as book:
        book.update_or_create_assignment("ps3", duedate="2026-01-01 12:00:00 UTC")
    config = run.course.nbgrader_config(seed=1)
    config.LateSubmissionPlugin.penalty_method = "zero"
    late = run.course.path("submitted", "half").with_name("timestamp.txt")
    late.write_text("2026-01-03 12:00:00 UTC")
    result = NbGraderAPI(config=config).autograde("ps3", "half")
    late.unlink()
    assert result["success"]
    assert checked(run, "half") == (4, 3, 0, 0)
    assert marks(run, "half")["total"] == 0


def test_nbgrader_exports_the_judge_s_marks(run, tmp_path):
    with Gradebook(run.course.address) as book:
        CsvExportPlugin(to=str(tmp_path / "all.csv")).export(book)
    with (tmp_path / "all.csv").open() as file:
        scores = {row["student_id"]: float(row["raw_score"]) for row in csv.DictReader(file)}
    assert (scores["lost"], scores["exits"]) == (7, 3)


def test_a_zip_and_two_at_once_give_the_same_marks(run, tmp_path):
    with zipfile.ZipFile(tmp_path / "download.zip", "w") as file:
        for student, text in {"half": HALF, "exits": EXITS, "full": REFERENCE.read_text()}.items():
            file.writestr(f"{student}/ps3.ipynb", text)
    (tmp_path / "course").mkdir()
    course = Course("ps3", tmp_path / "course")
    lines = graded(course, tmp_path / "download.zip", jobs=2)
    assert [line.split(":")[0] for line in lines.splitlines()] == ["exits", "full", "half"]
    assert [row["total"] for row in course.marks()] == [3, 16, 7]


def test_a_killed_run_goes_on_where_it_was(run, tmp_path):
    for student in ("a", "b"):
        hand_in(tmp_path / "in", student, EXITS)
    (tmp_path / "course").mkdir()
    code = (
        "from pathlib import Path; from tools import grade; from tools.course import Course\n"
        f"grade.grade_all(Course('ps3', Path({str(tmp_path / 'course')!r})),"
        f" Path({str(tmp_path / 'in')!r}))"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline().startswith("a: 3 of 20")
    child.send_signal(signal.SIGKILL)
    child.communicate()
    lines = graded(Course("ps3", tmp_path / "course"), tmp_path / "in")
    assert lines.splitlines() == ["a: 3 of 20 (graded before)", "b: 3 of 20"]


def test_a_notebook_handed_in_again_is_graded_again(run):
    again(run, "half", RELEASE.read_text())
    assert marks(run, "half")["total"] == 0


def test_without_a_sandbox_the_marks_say_so(tmp_path):
    course = Course("ps3", tmp_path, bare=True)
    course.register()
    line = grade.grade_one("ps3", tmp_path, True, HandIn("own", HALF.encode(), ()))
    assert line.said.startswith("7 of 20")
    assert course.marks()[0]["judged"] == "without a sandbox"


def test_an_unknown_problem_set_and_an_empty_folder_are_sentences(tmp_path, capsys):
    with pytest.raises(Problem, match="there is no problem set 'ps99'"):
        Course("ps99", tmp_path)
    assert grade.main(["ps3", str(tmp_path)]) == 1
    assert "holds no student's folder" in capsys.readouterr().err


def test_a_problem_set_with_other_exercises_than_the_marks_is_a_sentence(tmp_path):
    for kind, path in (("solutions", REFERENCE), ("exercises", RELEASE)):
        notebook = nbformat.read(path, as_version=4)
        (tmp_path / kind / "ps3").mkdir(parents=True)
        nbformat.write(notebook, tmp_path / kind / "ps3/ps3.ipynb")
    course = Course("ps3", tmp_path / "grade", root=tmp_path)
    course.folder.mkdir()
    course.register()
    with Gradebook(course.address) as book:
        book.add_student("park")
        book.add_submission("ps3", "park")
    notebook.cells = [c for c in notebook.cells if not c.id.startswith("ps3-lrn")]
    nbformat.write(notebook, course.solution)
    for _ in range(2):  # a second try says the same, not that all is well
        with pytest.raises(Problem, match="ps3 has other exercises than when"):
            course.register()


def test_a_solution_without_an_exercise_is_a_sentence_and_the_judge_lives_on(tmp_path):
    lay_out(tmp_path / "library")
    broken = nbformat.read(REFERENCE, as_version=4)
    broken.cells = [c for c in broken.cells if c.id != "ps3-lrn-check"]
    nbformat.write(broken, tmp_path / "broken.ipynb")

    def judged(solution: Path) -> dict:
        job = Job(EXITS, str(solution), str(tmp_path / "library"), seed=1, bare=False)
        return verdicts(job)[1]

    with pytest.raises(
        RuntimeError, match="the solution has no cell ps3-lrn-check; run `make fix`"
    ):
        judged(tmp_path / "broken.ipynb")
    judge = begun()
    assert judged(REFERENCE)["ps3-receptive"]["credit"] == 1
    assert begun() is judge


def test_no_line_carries_a_control_character(run, capsys):
    line = again(run, "untouched", "\x1b[31m{")
    assert "\x1b" not in line.said


def test_a_sandbox_sees_the_helpers_of_the_student_edition(tmp_path):
    def content(folder):
        files = (path for path in folder.rglob("*") if path.is_file())
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    edition.student_edition(tmp_path / "edition")
    lay_out(tmp_path / "library")
    known = {name.removeprefix("helpers/") for name in edition.tracked(ROOT)}
    seen = {k: v for k, v in content(tmp_path / "library" / "helpers").items() if k in known}
    assert seen == content(tmp_path / "edition" / "helpers")
