"""What students get: no solution and no judge, and all that is left works."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml

from tools import edition
from tools.project import ROOT, Problem


@pytest.fixture(scope="module")
def out(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("edition") / "out"
    edition.student_edition(folder)
    return folder


def python_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if path.is_file())


def names(out: Path) -> set[str]:
    return {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}


def answers() -> list[str]:
    """The lines of every answer that a program checks, and of every model answer."""
    solved = [nbformat.read(p, as_version=4) for p in (ROOT / "solutions").glob("*/*.ipynb")]
    sources = "\n".join(cell.source for notebook in solved for cell in notebook.cells)
    region = r"(?:###|<!--) BEGIN SOLUTION.*?(?:###|<!--) END SOLUTION"
    lines = "\n".join(re.findall(region, sources, re.DOTALL)).splitlines()
    return [line.strip() for line in lines if len(line.strip()) > 50]


def test_no_line_of_an_answer_is_in_any_file(out):
    lines = answers()
    assert len(lines) > 10
    texts = {p: p.read_text("utf-8", errors="ignore") for p in out.rglob("*") if p.is_file()}
    texts = {p: t for p, t in texts.items() if "mathjax" not in p.parts}
    assert [(p.name, line) for p, t in texts.items() for line in lines if line in t] == []


def test_what_teachers_and_authors_use_is_left_out_and_the_course_is_there(out):
    found = names(out)
    assert not [name for name in found if name.startswith(edition.LEFT_OUT)]
    assert {"Makefile", "README.md", "LICENSE", "tests/test_data.py", "tests/conftest.py"} <= found
    assert {"book/06_alexnet.ipynb", "helpers/train.py", "exercises/ps3/ps3.ipynb"} <= found
    assert not {"tests/test_checks.py", "tests/test_mend.py", "tests/test_edition.py"} & found
    assert found < set(edition.tracked(ROOT))


def test_every_import_of_the_course_s_own_finds_its_module(out):
    def there(module: str) -> bool:
        path = out.joinpath(*module.split("."))
        return path.with_suffix(".py").is_file() or path.is_dir()

    for path in python_files(out):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                modules = [node.module]
                if node.module in ("helpers", "tools", "tests"):
                    modules = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                continue
            own = [m for m in modules if m.split(".")[0] in ("helpers", "tools", "tests")]
            assert [m for m in own if not there(m)] == [], path.name


def test_its_make_lists_and_has_only_what_works_there(out):
    done = subprocess.run(["make", "-C", out, "help"], capture_output=True, text=True, check=True)
    listed = re.findall(r"^  ([a-z-]+) ", done.stdout, re.MULTILINE)
    assert {"help", "book", "test", "quick", "train", "bench", "serve", "clean"} == set(listed) - {
        "predict"
    }
    phony = re.search(r"^\.PHONY: (.*)", (out / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert not set(phony) & set(edition.TARGETS.split("|"))


def test_its_readme_says_what_it_is_and_links_to_what_is_there(out):
    readme = (out / "README.md").read_text("utf-8")
    assert "\nThis is the student edition" in readme
    assert "## Teachers" not in readme
    assert "## Students" in readme
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    assert links
    assert [link for link in links if not (out / link).exists()] == []


def test_the_judge_s_entry_point_goes_and_the_other_tables_stay():
    table = '[project.entry-points."jupyter_client.kernel_provisioners"]\nsandbox = "x:Y"'
    assert edition.without_judge(f"[a]\n\n{table}\n\n[b]\n") == "[a]\n\n[b]\n"


@pytest.mark.slow
def test_its_library_imports(out):
    modules = [p.relative_to(out).with_suffix("").parts for p in python_files(out / "helpers")]
    listed = ", ".join(".".join(parts).removesuffix(".__init__") for parts in modules)
    code = f"import {listed}; print(helpers.__file__)"
    environment = os.environ | {"PYTHONPATH": str(out)}
    command = [sys.executable, "-B", "-c", code]
    done = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == str(out / "helpers/__init__.py"), done.stderr


@pytest.mark.slow
def test_its_pages_are_built_without_a_warning(out, tmp_path):
    command = [sys.executable, "-B", "-m", "tools.pages", "--out", tmp_path]
    environment = os.environ | {"PYTHONPATH": str(out)}
    done = subprocess.run(command, cwd=out, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert (tmp_path / "_build/html/index.html").is_file()


def test_a_release_is_the_notebook_that_students_get(tmp_path):
    path = edition.release("ps3", tmp_path / "out")
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["ps3.ipynb"]
    assert path.read_bytes() == (ROOT / "exercises/ps3/ps3.ipynb").read_bytes()


def test_a_folder_that_holds_something_is_refused(tmp_path, capsys):
    (tmp_path / "mine.txt").touch()
    for command in (["release", "ps3"], ["student"]):
        assert edition.main([*command, str(tmp_path)]) == 1
        assert "is not an empty folder; name a new one" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_an_unknown_set_and_a_copy_without_git_are_sentences(tmp_path):
    with pytest.raises(Problem, match="no problem set 'ps99'; there are: ps1, ps3"):
        edition.release("ps99", tmp_path)
    with pytest.raises(Problem, match="is not a git repository"):
        edition.student_edition(tmp_path / "out", root=tmp_path)


def test_publishing_adds_a_commit_that_holds_just_the_edition(tmp_path, monkeypatch):
    monkeypatch.setenv(edition.TOKEN, "secret")
    address, folder = str(tmp_path / "public.git"), tmp_path / "out"
    edition.git("init", "--quiet", "--bare", "--initial-branch=main", address)
    folder.mkdir()
    (folder / "a.txt").write_text("a")
    assert edition.push(folder, address)
    assert not edition.push(folder, address)
    (folder / "a.txt").rename(folder / "b.txt")
    assert edition.push(folder, address)
    log = edition.git("--git-dir", address, "log", "--format=%an", "main").split("\n")
    assert log[:-1] == ["student edition"] * 2
    assert edition.git("--git-dir", address, "ls-tree", "--name-only", "main") == "b.txt\n"


def test_the_token_is_in_no_command_and_a_failure_is_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv(edition.TOKEN, "secret")
    assert "secret" not in str(edition.credentials())
    with pytest.raises(Problem, match="was not published: git said: fatal"):
        edition.push(tmp_path, str(tmp_path / "none.git"))


def test_the_workflow_publishes_it_with_a_token_for_one_repository():
    job = yaml.safe_load((ROOT / ".github/workflows/publish.yml").read_text())["jobs"]
    job = job["student-edition"]
    assert job["permissions"] == {"contents": "read"}
    assert job["steps"][-1]["env"][edition.TOKEN] == f"${{{{ secrets.{edition.TOKEN} }}}}"


def test_every_command_that_teachers_are_told_is_in_make_help():
    done = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^  ([a-z-]+) ", done.stdout, re.MULTILINE))
    told = re.findall(
        r"^make ([a-z-]+)|`make ([a-z -]+)", (ROOT / "book/teaching.md").read_text(), re.M
    )
    words = {word for pair in told for word in " ".join(pair).split()}
    assert {"grade", "release", "student-edition"} <= words <= listed
