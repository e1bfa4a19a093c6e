"""The lists of packages agree, and a missing prerequisite is one sentence."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import install
from tools.project import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = {str(Requirement(line)) for line in install.requirements("all", ROOT)}


def conda() -> list:
    return yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]


def test_environment_yml_and_pyproject_agree_on_names_and_ranges():
    lines = next(entry["pip"] for entry in conda() if isinstance(entry, dict))
    options = [line for line in lines if line.startswith("-")]
    assert {str(Requirement(line)) for line in lines if line not in options} == WANTED
    assert options == ["-c constraints.txt", "-e ."]


def test_environment_yml_and_pyproject_agree_on_python():
    assert f"python{PROJECT['project']['requires-python']}" in conda()


def test_pins_agree_with_the_ranges():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = dict(line.split("==") for line in lines if not line.startswith("#"))
    for requirement in map(Requirement, WANTED):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])


def test_pages_agree_with_needing_no_torch():
    assert [Requirement(line).name for line in install.requirements("pages", ROOT)] == [
        "jupyter-book"
    ]


def test_the_oldest_python_agrees_with_the_sentence_about_it():
    text = (ROOT / "tools" / "environment.py").read_text("utf-8")
    assert (
        f"WANTED = {tuple(map(int, PROJECT['project']['requires-python'][2:].split('.')))}" in text
    )
    ast.parse(text, feature_version=(3, 4))


def old_pythons() -> list[str]:
    """Interpreters on this machine that are too old; none on most."""
    names = [f"python3.{minor}" for minor in range(6, 11)]
    found = [*filter(None, map(shutil.which, names))]
    installed = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found += [str(p) for n in ("2.7", "3.6", "3.8") for p in installed.glob(f"{n}.*/bin/python")]
    return [python for python in found if is_old(python)]


def is_old(python: str) -> bool:
    code = "import sys; sys.exit(sys.version_info >= (3, 11))"
    return subprocess.run([python, "-c", code], capture_output=True).returncode == 0


def assert_one_sentence(done: subprocess.CompletedProcess, said: str) -> None:
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_python_that_is_too_old_gets_one_sentence():
    for python in old_pythons():
        command = [python, "tools/environment.py", "all"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        assert_one_sentence(done, "The course needs Python 3.11 or newer")
    code = "import environment; environment.WANTED = (9, 0); raise SystemExit(environment.main())"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "tools", capture_output=True, text=True
    )
    assert_one_sentence(done, "The course needs Python 3.11 or newer")


@pytest.fixture
def house(tmp_path):
    """The lists and the installer in a folder of their own, with no .venv yet."""
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "tools").mkdir()
    for name in ("environment.py", "install.py"):
        shutil.copy(ROOT / "tools" / name, tmp_path / "tools")
    return tmp_path


@pytest.mark.slow
def test_no_index_is_one_sentence_and_a_broken_venv_is_made_again(house):
    settings = {key: value for key, value in os.environ.items() if not key.startswith("PIP_")}
    settings |= {"PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_CONFIG_FILE": os.devnull}
    command = [sys._base_executable, "tools/environment.py", "pages"]
    for _ in range(2):
        done = subprocess.run(command, cwd=house, env=settings, capture_output=True, text=True)
        assert_one_sentence(done, "pip could not get a package")
        assert (house / ".venv" / "install.log").read_text()
        (house / ".venv" / "bin" / "python").unlink()


def test_a_full_disk_is_one_sentence_with_needed_and_free(house, monkeypatch, capsys):
    monkeypatch.setattr(install, "make_venv", lambda root: pytest.fail("went on"))
    monkeypatch.setattr(install.shutil, "disk_usage", lambda _: SimpleNamespace(free=0.5e9))
    assert install.main(["all"], house) == 1
    assert "needs 9.0 GB" in (said := capsys.readouterr().err)
    assert "0.5 GB free" in said


@pytest.mark.parametrize(
    ("log", "said"),
    [
        ("ERROR: [Errno 28] No space left on device", "disk became full"),
        ("ERROR: No matching distribution found for torch", "does a package index answer"),
        ("ERROR: ResolutionImpossible: see", "pip failed (ERROR: ResolutionImpossible: see)"),
    ],
)
def test_what_pip_said_becomes_a_sentence_that_names_its_log(tmp_path, log, said):
    path = tmp_path / "install.log"
    path.write_text(f"noise\n{log}\n")
    sentence = install.no_package(path)
    assert said in sentence
    assert str(path) in sentence


def test_a_python_without_venv_is_told_what_to_install():
    assert "venv module" in install.no_venv(
        "The virtual environment ... ensurepip is not available"
    )


@pytest.fixture
def installed(house, monkeypatch):
    """The house, and the levels that pip was asked for; nothing is installed."""
    asked = []
    monkeypatch.setattr(install, "pip_install", lambda level, root: asked.append(level))
    monkeypatch.setattr(install, "check_space", lambda level, root: None)
    monkeypatch.setattr(install, "make_venv", lambda root: fake_venv(root))
    return house, asked


def fake_venv(root) -> None:
    (root / ".venv" / "bin").mkdir(parents=True, exist_ok=True)
    (root / ".venv" / "bin" / "python").touch()


@pytest.mark.parametrize(
    ("calls", "pip_is_asked"),
    [
        (["pages", "pages"], ["pages"]),
        (["pages", "all", "pages"], ["pages", "all"]),
        (["all", "pages", "all"], ["all"]),
    ],
)
def test_levels_come_in_either_order_and_a_second_call_does_nothing(installed, calls, pip_is_asked):
    house, asked = installed
    assert [install.main([level], house) for level in calls] == [0] * len(calls)
    assert asked == pip_is_asked


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_list_installs_again(installed, name):
    house, asked = installed
    install.main(["all"], house)
    (house / name).write_text((house / name).read_text() + "\n")
    install.main(["all"], house)
    assert asked == ["all", "all"]


def test_an_installation_that_was_stopped_is_done_again(installed, monkeypatch):
    house, _ = installed
    install.main(["pages"], house)
    monkeypatch.setattr(install, "pip_install", stopped)
    with pytest.raises(KeyboardInterrupt):
        install.main(["all"], house)
    assert not install.current("pages", house)


def stopped(level, root):
    raise KeyboardInterrupt
