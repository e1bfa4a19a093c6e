"""Builds the pages with Jupyter Book; prints their file:// address last.

    python -m tools.pages [--source _build/run/book] [--out .]

Uses only what the environment level `pages` has.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

import yaml

from tools.project import ROOT, Problem, repository


def config(out: Path) -> Path:
    """_config.yml, or a copy of it with the repository that COURSE_REPOSITORY names."""
    written = ROOT / "_config.yml"
    if "COURSE_REPOSITORY" not in os.environ:
        return written
    settings = yaml.safe_load(written.read_text("utf-8"))
    settings["repository"] |= repository()
    path = out / "_build" / "config.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(settings), "utf-8")
    return path


def build(source: Path, out: Path) -> Path:
    """The built index.html, below `out`/_build/html.

    Raises: Problem where Jupyter Book failed, or exited well without a page.
    """
    index = out / "_build" / "html" / "index.html"
    index.unlink(missing_ok=True)  # its being there afterwards proves that it was written now
    program = Path(sys.executable).with_name("jupyter-book")
    # --all: else -W is forgotten, and a build that failed on a warning passes when run again
    flags = ["-W", "--keep-going", "--all", "--config", config(out), "--path-output", out]
    done = subprocess.run([program, "build", source, *flags])
    if done.returncode:
        raise Problem("the pages were not built: Jupyter Book's warnings and errors stand above")
    if not index.is_file():
        raise Problem(f"Jupyter Book wrote no {index}; is its version 1.x in .venv?")
    return index


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.pages", description=__doc__.split("\n")[0])
    parser.add_argument("--source", type=Path, default=ROOT / "book")
    parser.add_argument("--out", type=Path, default=ROOT, help="pages go to OUT/_build/html")
    options = parser.parse_args(arguments)
    try:
        index = build(options.source.resolve(), options.out.resolve())
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    print(index.as_uri())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
