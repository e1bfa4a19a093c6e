"""CONTRIBUTING's recipes work as they are written: their blocks are put into a copy and run."""

import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NO_CACHES = ["-p", "no:cacheprovider", "-p", "no:xdist"]

pytestmark = pytest.mark.slow


def blocks(section: str) -> list[str]:
    """The indented code blocks of one section of CONTRIBUTING.md, without their fences."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    body = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    found = re.findall(r"^   (`{3,})\w+\n(.*?)^   \1$", body, re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


def edit(path: Path, *changes: tuple[str, str]) -> None:
    """Replace each first text by the second; the first must be there."""
    text = path.read_text("utf-8")
    for old, new in changes:
        assert old in text, f"{path.name}: no {old!r}"
        text = text.replace(old, new, 1)
    path.write_text(text, "utf-8")


def python(copy: Path, *arguments: str) -> str:
    """What Python says in the copy; the copy's packages come before the installed ones."""
    environment = os.environ | {"PYTHONPATH": str(copy)}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_network_is_a_module_one_entry_of_the_table_and_a_chapter(working_copy):
    module, entry, chapter = blocks("A network")
    (working_copy / "helpers/networks/lenet.py").write_text(module)
    edit(
        working_copy / "helpers/networks/__init__.py",
        ("densenet, googlenet, ", "densenet, googlenet, lenet, "),
        ("NETWORKS = {\n", "NETWORKS = {\n" + textwrap.indent(entry, "    ")),
    )
    (working_copy / "book/21_lenet.md").write_text(chapter)
    python(working_copy, "-m", "ruff", "check", "helpers/networks")
    python(working_copy, "-m", "ruff", "format", "--check", "helpers/networks")
    assert "passed" in python(
        working_copy,
        "-m",
        "pytest",
        *NO_CACHES,
        "-q",
        "-k",
        "lenet and not googlenet",
        "tests/test_networks.py",
    )
    python(working_copy, "-m", "tools.run", "--chapters", "21", "--record")
    python(working_copy, "-m", "tools.notebooks", "build", "--check")
    assert "200,000 parameters: True" in (working_copy / "book/21_lenet.ipynb").read_text()


TRY = """
from helpers.checks import CheckFailed, check
check("ps3-scaled", lambda a, b, scale: a + scale * b)
try:
    check("ps3-scaled", lambda a, b, scale: a + b)
except CheckFailed as failed:
    print(failed)
"""


def test_an_exercise_is_one_source_and_one_check(working_copy):
    source, check, line = blocks("An exercise")
    with (working_copy / "solutions/ps3/ps3.md").open("a") as file:
        file.write("\n" + source)
    (working_copy / "helpers/checks/ps3_scaled.py").write_text(check)
    edit(
        working_copy / "helpers/checks/__init__.py",
        ("ps3_receptive,\n", "ps3_receptive,\n    ps3_scaled,\n"),
        ("] = {\n", "] = {\n    " + line),
    )
    python(working_copy, "-m", "ruff", "check", "helpers/checks/ps3_scaled.py")
    python(working_copy, "-m", "tools.notebooks", "build")
    python(working_copy, "-m", "tools.oracles")
    said = python(working_copy, "-c", TRY)
    assert "ps3-scaled: right" in said
    assert "scaled(a, b, 2.5) with a and b of shape (2, 3)" in said
    released = (working_copy / "exercises/ps3/ps3.ipynb").read_text()
    assert "ps3-scaled-check" in released
    assert "a + scale * b" not in released
