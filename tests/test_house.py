"""The house keeps its shape: imports run one way, and no helper knows a chapter."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HELPERS = ROOT / "helpers"
LEAVES = {"names"}  # anyone may import these

MAY_IMPORT = {
    "names": set(),
    "allocator": set(),
    "augment": set(),
    "networks": set(),
    "first": set(),
    "cost": set(),
    "metrics": set(),
    "results": set(),
    "explain": set(),
    "data": {"augment"},
    "train": {"allocator", "augment", "metrics", "networks", "results"},
    "plots": {"results"},
    "weights": {"networks", "results"},
    "checks": {"data", "augment", "networks", "cost", "metrics", "explain"},
    "judge": {"checks"},
}
LIGHT = {"networks": {"torch"}, "cost": {"torch"}, "augment": {"torch"},
         "explain": {"torch", "captum"}}  # fmt: skip
STANDARD = {"collections", "dataclasses", "functools", "inspect", "types", "typing", "copy",
            "math", "warnings"}  # fmt: skip
GRADING = {"judge": {"nbformat"}}  # what no student's notebook needs
FILES = sorted(HELPERS.rglob("*.py"))


def room(path):
    """The name under helpers that a file belongs to."""
    return path.relative_to(HELPERS).with_suffix("").parts[0]


def imported(path):
    """Every module that a file imports, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "helpers":
            yield from (f"helpers.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HELPERS)))
def test_imports_run_one_way(path):
    own = room(path)
    if own == "__init__":
        assert not list(imported(path))
        return
    assert own in MAY_IMPORT, f"{own}: say in tests/test_house.py what it may import"
    used = {name.split(".")[1] for name in imported(path) if name.startswith("helpers.")}
    assert used <= MAY_IMPORT[own] | LEAVES | {own}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HELPERS)))
def test_no_helper_imports_what_only_pages_or_tools_use(path):
    packages = {name.split(".")[0] for name in imported(path)}
    kept_out = {"IPython", "nbformat", "papermill", "tools", "tests", "book"}
    assert not packages & (kept_out - GRADING.get(room(path), set()))
    if room(path) in LIGHT:
        assert packages <= LIGHT[room(path)] | STANDARD | {"helpers"}


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(HELPERS)))
def test_no_helper_knows_a_chapters_number(path):
    assert not re.search(r"\b[Cc]hapter \d|\b\d\d_[a-z]+\b", path.read_text())
