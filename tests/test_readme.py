"""What README and CONTRIBUTING say exists, and the repository's address is one."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
FOLDERS = "book|helpers|tools|tests|solutions|exercises"
PAGES = ("README.md", "CONTRIBUTING.md")
CITATION = ROOT / "CITATION.cff"


def text(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def targets_in(page: str) -> set[str]:
    """Targets of every `make ...` in code, inline or in a block."""
    code = re.findall(r"```.*?```|`[^`]+`", text(page), re.DOTALL)
    lines = [line for part in code for line in part.strip("`").splitlines()]
    made = [line.split("#")[0].split()[1:] for line in lines if line.startswith("make ")]
    return {word for words in made for word in words if re.fullmatch("[a-z]+", word)}


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_that_a_page_names_is_in_make_help(page):
    done = subprocess.run(["make", "-C", ROOT, "help"], capture_output=True, text=True, check=True)
    known = set(re.findall(r"^  ([a-z]+) ", done.stdout, re.MULTILINE))
    named = targets_in(page)
    assert {"book", "test"} <= named
    assert named <= known


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_a_page_links_to_is_there(page):
    links = re.findall(r"\]\(([^)#:]+)\)", text(page))
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_page_names_in_code_is_there(page):
    named = re.findall(rf"`((?:{FOLDERS})/[\w./*-]+)`", text(page))
    named = [path for path in named if not re.search("lenet|scaled", path)]  # the recipes' own
    assert named
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []


def test_the_address_is_the_configurations_wherever_it_is_written_again():
    address = yaml.safe_load(text("_config.yml"))["repository"]["url"]
    assert yaml.safe_load(CITATION.read_text())["repository-code"] == address
    assert re.findall(r"git clone (\S+)", text("README.md")) == [address]


def test_the_address_is_written_nowhere_else():
    address = yaml.safe_load(text("_config.yml"))["repository"]["url"].removeprefix("https://")
    allowed = {"_config.yml", "CITATION.cff", "README.md"}
    sources = [
        path
        for pattern in ("*", "book/*.md", "solutions/*/*.md", "helpers/**/*.py", "tools/**/*.py")
        for path in ROOT.glob(pattern)
        if path.is_file() and path.name not in allowed and not path.name.startswith(".")
    ]
    assert [p.name for p in sources if address in p.read_text("utf-8", errors="ignore")] == []


def test_the_citation_follows_its_schema_and_names_the_books_title_and_version():
    command = [Path(sys.executable).with_name("check-jsonschema"), CITATION]
    schema = ["--builtin-schema", "vendor.citation-file-format"]
    done = subprocess.run([*command, *schema], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    citation = yaml.safe_load(CITATION.read_text())
    assert citation["title"] == yaml.safe_load(text("_config.yml"))["title"]
    assert f'version = "{citation["version"]}"' in text("pyproject.toml")
