"""Where things stand in the repository, and its public address."""

import os
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


class Problem(Exception):
    """Something a person has to mend; its text is one sentence, shown without a traceback."""


def repository() -> dict[str, str]:
    """`url` and `branch` of the public repository; COURSE_REPOSITORY overrides the url."""
    written = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))["repository"]
    url = os.environ.get("COURSE_REPOSITORY", written["url"])
    return {"url": url.rstrip("/").removesuffix(".git"), "branch": written["branch"]}


def shown(path: Path) -> str:
    """The path as a message names it: relative to the repository where it lies inside."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
