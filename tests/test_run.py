"""The runner continues past a failing chapter, keeps good runs whole, and says the truth."""

import json
import os
import signal
import subprocess
import sys
import time

import nbformat
import pytest

from tools import run
from tools.chapter import execute
from tools.project import ROOT, Problem

pytestmark = pytest.mark.slow  # kernels start

PARAMETERS = """```{code-cell} ipython3
:id: parameters
:tags: [parameters]

device, dataset, seed = "auto", "drawn", 0
profile = "page"
```
"""
CHAPTERS = {
    "01_good": 'import sys\nprint(seed, file=sys.stderr)\nprint("margin kept:", 3 > 2)',
    "02_fails": 'print("before")\nraise RuntimeError("no such luck")',
    "03_dies": "import os\nos._exit(9)",
    "04_kernel": f"import sys\nassert sys.prefix == {sys.prefix!r}, sys.prefix",
    "06_keeps": "from helpers import train\nfrom tests.test_train import RECIPE, linear, toy\n"
    "train.fit(linear(), toy(), RECIPE, device='cpu')",
}


def chapter(code: str, parameters: str = PARAMETERS) -> str:
    cell = f"```{{code-cell}} ipython3\n:id: body\n:tags: [claim]\n\n{code}\n```\n"
    return f"# A chapter\n\n{parameters}\n{cell}"


def write_book(root, chapters: dict[str, str]) -> None:
    (root / "book").mkdir(exist_ok=True)
    for name, code in chapters.items():
        (root / "book" / f"{name}.md").write_text(chapter(code))


def hostile_kernel(folder) -> str:
    """A JUPYTER_PATH whose `python3` is not Python."""
    spec = folder / "kernels" / "python3" / "kernel.json"
    spec.parent.mkdir(parents=True)
    spec.write_text(json.dumps({"argv": ["/bin/false"], "display_name": "", "language": "python"}))
    return str(folder)


def runner(root) -> list[str]:
    """The command that runs all chapters of `root` in a process of its own."""
    code = "import pathlib, sys; from tools import run; sys.exit(run.main([], pathlib.Path('{}')))"
    return [sys.executable, "-c", code.format(root)]


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """All of CHAPTERS run once, under a person's own bad kernel: root, exit code, what was said."""
    root = tmp_path_factory.mktemp("course")
    write_book(root, CHAPTERS)
    (root / "book" / "02_fails.ipynb").write_text("as it was")
    (root / "book" / "05_none.md").write_text(chapter("print(1)", parameters=""))
    environment = os.environ | {"JUPYTER_PATH": hostile_kernel(root / "hostile")}
    done = subprocess.run(runner(root), cwd=ROOT, env=environment, capture_output=True, text=True)
    return root, done


def pages(root):
    return root / "_build" / "run" / "book"


def test_a_failing_chapter_does_not_stop_the_others_and_the_exit_code_tells(ran):
    _, done = ran
    rows = [line for line in done.stdout.splitlines() if line[:2].isdigit()]
    assert done.returncode == 1
    assert [row.endswith("FAILED") for row in rows] == [False, True, True, False, True, False]


def test_the_failing_cell_and_its_error_are_named(ran):
    said = ran[1].stdout
    assert "02_fails ... failed: body: RuntimeError: no such luck" in said
    assert "03_dies ... failed: body: " in said


def test_a_chapter_without_a_parameters_cell_is_refused(ran):
    assert "05_none.md has 0 cells tagged `parameters`" in ran[1].stdout


def test_only_good_runs_replace_a_page(ran):
    root, _ = ran
    assert (pages(root) / "02_fails.ipynb").read_text() == "as it was"
    good = nbformat.read(pages(root) / "01_good.ipynb", as_version=4)
    assert [o.text for o in good.cells[-1].outputs] == ["margin kept: True\n"]
    assert good.metadata.course == run.DEFAULTS


def test_a_training_in_a_chapter_leaves_its_record_beside_the_pages(ran):
    assert [p.name for p in (pages(ran[0]) / "results").iterdir()] == [
        "toy-sequential-test-cpu-s0.json"
    ]


def test_the_table_tells_seconds_and_memory(ran):
    row = next(line for line in ran[1].stdout.splitlines() if line.startswith("01_good "))
    seconds, peak = map(float, row.split()[1:3])
    assert 0 < seconds < 120
    assert 20 < peak < 1000


def test_a_run_changes_no_file_of_the_book(ran):
    names = {path.name for path in (ran[0] / "book").iterdir()}
    assert names == {f"{name}.md" for name in [*CHAPTERS, "05_none"]} | {"02_fails.ipynb"}


def test_recording_twice_gives_the_same_bytes_and_a_changed_claim_is_a_sentence(tmp_path, capsys):
    write_book(tmp_path, {"01_good": CHAPTERS["01_good"]})
    notebook, texts = tmp_path / "book" / "01_good.ipynb", []
    for _ in range(2):
        assert run.main(["--record"], tmp_path) == 0
        texts.append(notebook.read_bytes())
    assert texts[0] == texts[1]
    notebook.write_text(notebook.read_text().replace("margin kept: True", "margin kept: False"))
    assert run.main(["--chapters", "01"], tmp_path) == 1
    assert "01_good, cell body: the committed page says 'margin" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("devise=cpu", "did you mean 'device'"),
        ("profile=long", "Known: tiny, page, full"),
        ("device=gpu", "Known: auto, cpu, cuda, mps"),
        ("seed=x", "whole number"),
    ],
)
def test_an_unknown_parameter_is_a_sentence_with_the_known_ones(pair, said):
    with pytest.raises(Problem, match=said):
        run.read_parameters([pair])


def test_an_unknown_chapter_is_a_sentence_with_the_known_ones(tmp_path, capsys):
    write_book(tmp_path, CHAPTERS)
    assert run.main(["--chapters", "09"], tmp_path) == 2
    assert "no chapter '09'" in capsys.readouterr().err


@pytest.mark.parametrize("pair", ["device=cuda", "profile=full", "dataset=imagenette", "seed=1"])
def test_only_the_default_run_is_recorded(tmp_path, capsys, pair):
    write_book(tmp_path, CHAPTERS)
    assert run.main(["--record", "--parameters", pair], tmp_path) == 2
    assert "is recorded" in capsys.readouterr().err


def test_two_runs_at_once_do_not_delete_each_others_pages(tmp_path, capsys):
    write_book(tmp_path, CHAPTERS)
    with run.alone(tmp_path):
        assert run.main(["--chapters", "01"], tmp_path) == 2
    assert "another run" in capsys.readouterr().err


def sleeping(root):
    code = 'import os, time\nopen("../../pid", "w").write(str(os.getpid()))\ntime.sleep(100)'
    write_book(root, {"01_good": code})


def test_a_chapter_past_its_deadline_is_stopped_and_named(tmp_path, monkeypatch):
    sleeping(tmp_path)
    monkeypatch.setitem(run.DEADLINE_SECONDS, "page", 8)
    found = run.run(run.chosen("all", tmp_path), run.DEFAULTS, tmp_path)
    assert found[0].error == "body: took too long and was stopped"


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_for(condition, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def test_a_killed_run_leaves_no_half_notebook_and_the_next_completes(tmp_path):
    sleeping(tmp_path)
    (tmp_path / "book" / "01_good.ipynb").write_text("as it was")
    process = subprocess.Popen(runner(tmp_path), cwd=ROOT, stdout=subprocess.DEVNULL)
    pid = tmp_path / "_build" / "pid"
    wait_for(lambda: pid.is_file() and pid.read_text())
    process.send_signal(signal.SIGKILL)
    process.wait()
    wait_for(lambda: not alive(int(pid.read_text())))
    assert (pages(tmp_path) / "01_good.ipynb").read_text() == "as it was"
    write_book(tmp_path, {"01_good": CHAPTERS["01_good"]})
    assert run.main([], tmp_path) == 0


def test_a_failure_before_the_first_cell_is_told_by_its_last_line(tmp_path):
    outcome = execute(tmp_path / "none.ipynb", tmp_path / "out.ipynb", {}, 60, tmp_path)
    assert "before the first cell: FileNotFoundError" in str(outcome.error)


def test_make_builds_no_page_where_the_run_was_refused():
    done = subprocess.run(
        ["make", "book", "RUN=99"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "no chapter '99'" in done.stderr
    assert "file://" not in done.stdout
