"""What teachers give to students: one problem set, or the whole course without its solutions.

python -m tools.edition release ps3 OUT      the notebook of a problem set
python -m tools.edition student OUT          the student edition
python -m tools.edition student OUT --push ADDRESS
                                             and into a repository of its own, as a commit there

The student edition holds the files that git tracks, without solutions, judge, what only authors and
teachers use, and every test that names one of these. Its Makefile and README are shortened alike.
"""

import argparse
import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.project import ROOT, Problem, shown

LEFT_OUT = (
    ".ci/", ".github/", ".pre-commit-config.yaml", "CONTRIBUTING.md", "helpers/judge/",
    "solutions/", "tests/answers/", "tests/attacks/", "tools/bench_grader.py",
    "tools/bench_judge.py", "tools/course.py", "tools/edition.py", "tools/grade.py",
    "tools/oracles.py",
)  # fmt: skip
NAMED = re.compile(
    r"\bsolutions\b|CONTRIBUTING|\.github|\.ci\b|tests[./](answers|attacks)|helpers[./]judge"
    r"|tools[./](course|edition|grade|oracles)|from (tools import .*(course|edition|grade|oracles)"
    r"|helpers import .*judge|tests import)"
)
TARGETS = "check|fix|record|grade|sandbox|oracles|release|student-edition"
SECTIONS = "Teachers|Contributors"
SENTENCE = (
    "This is the student edition: everything but the solutions and what only teachers and authors "
    "use.\nIt is made from the teachers' edition; changes go there.\n"
)
AUTHOR = "student edition <41898282+github-actions[bot]@users.noreply.github.com>"
TOKEN = "STUDENT_EDITION_TOKEN"


def release(problem_set: str, out: Path, root: Path = ROOT) -> Path:
    """Copy what students get of a problem set into `out`; the notebook's path there.

    Raises: Problem where there is no such set or `out` is not empty.
    """
    notebook = root / "exercises" / problem_set / f"{problem_set}.ipynb"
    if not notebook.is_file():
        known = ", ".join(sorted(path.name for path in (root / "exercises").iterdir()))
        raise Problem(f"there is no problem set {problem_set!r}; there are: {known}")
    return Path(shutil.copyfile(notebook, empty(out) / notebook.name))


def student_edition(out: Path, root: Path = ROOT) -> None:
    """Write the course without solutions and judge into `out`.

    Raises: Problem where `root` is not a git repository or `out` is not empty.
    """
    kept = [name for name in tracked(root) if belongs(name, root)]
    out = empty(out)
    for name in kept:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, out / name)
    for name, shortened in SHORTENED.items():
        (out / name).write_text(shortened((root / name).read_text("utf-8")), "utf-8")


def tracked(root: Path) -> list[str]:
    """Paths of the files that git knows and that are there."""
    listed = ["git", "-C", root, "ls-files", "-z"]
    done = subprocess.run(listed, capture_output=True, text=True)
    if done.returncode:
        raise Problem(f"{root} is not a git repository; the student edition is made from one")
    return [name for name in done.stdout.split("\0") if name and (root / name).is_file()]


def belongs(name: str, root: Path) -> bool:
    """Whether a file is part of the student edition."""
    if name.startswith(LEFT_OUT):
        return False
    is_test = re.fullmatch(r"tests/.*\.py", name)
    return not (is_test and NAMED.search((root / name).read_text("utf-8")))


def empty(out: Path) -> Path:
    """The folder, made where it is missing. Raises: Problem where it holds something."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Problem(f"{out} is not an empty folder; name a new one: OUT=folder")
    out.mkdir(parents=True, exist_ok=True)
    return out


def without_targets(makefile: str) -> str:
    """The Makefile without the targets of authors and teachers."""
    rules = [rule for rule in makefile.split("\n\n") if not re.match(rf"({TARGETS}):", rule)]
    phony = re.search(r"^\.PHONY:.*", makefile, re.MULTILINE)[0]
    left = re.sub(rf" ({TARGETS})(?= |$)", "", phony)
    return "\n\n".join(rules).replace(phony, left).rstrip() + "\n"


def for_students(readme: str) -> str:
    """The README with a sentence on top, without the sections for others."""
    readme = re.sub(rf"^## ({SECTIONS})\n.*?(?=^## |\Z)", "", readme, flags=re.M | re.S)
    title, rest = readme.split("\n\n", 1)
    return f"{title}\n\n{SENTENCE}\n{rest}"


def without_judge(pyproject: str) -> str:
    """pyproject.toml without the judge's way to start kernels."""
    tables = pyproject.split("\n\n")
    return "\n\n".join(t for t in tables if not t.startswith('[project.entry-points."jupyter_'))


SHORTENED = {
    "Makefile": without_targets,
    "README.md": for_students,
    "pyproject.toml": without_judge,
}


def push(out: Path, address: str) -> bool:
    """Commit what lies in `out`, and nothing else, to the repository's own branch.

    The token of the environment variable STUDENT_EDITION_TOKEN opens a repository on GitHub.

    Returns: False where the repository held the same already.
    Raises: Problem where git fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        here = ["--git-dir", folder, "--work-tree", out]
        git("clone", "--quiet", "--bare", "--depth=1", address, folder)
        git(*here, "add", "--all", "--force")
        if not git(*here, "status", "--porcelain"):
            return False
        git(*here, "commit", "--quiet", "--message", "The student edition of today")
        git(*here, "push", "--quiet", address, "HEAD")
    return True


def git(*arguments: str | Path) -> str:
    """What git prints. Raises: Problem with git's own words where it fails."""
    name, _, email = AUTHOR.rstrip(">").partition(" <")
    who = {f"GIT_{role}_{what}": value for role in ("AUTHOR", "COMMITTER")
           for what, value in (("NAME", name), ("EMAIL", email))}  # fmt: skip
    environment = os.environ | who | credentials()
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, env=environment)
    if done.returncode:
        said = " ".join(done.stderr.split())[:200]
        raise Problem(f"the student edition was not published: git said: {said}")
    return done.stdout


def credentials() -> dict[str, str]:
    """The token as git's configuration, so that no command line and no file holds it."""
    if TOKEN not in os.environ:
        return {}
    secret = base64.b64encode(f"x-access-token:{os.environ[TOKEN]}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.https://github.com/.extraHeader",
        "GIT_CONFIG_VALUE_0": f"Authorization: Basic {secret}",
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="tools.edition", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("release", help="make release PS=ps3 OUT=folder")
    one.add_argument("problem_set", metavar="PS")
    whole = commands.add_parser("student", help="make student-edition OUT=folder")
    whole.add_argument("--push", metavar="ADDRESS", help="the repository that gets it")
    for command in (one, whole):
        command.add_argument("out", metavar="OUT", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.command == "release":
            print(f"for your students: {shown(release(options.problem_set, options.out))}")
            return 0
        student_edition(options.out)
        print(f"the student edition: {shown(options.out)}")
        if options.push:
            fresh = push(options.out.resolve(), options.push)
            print(f"{options.push}: {'published' if fresh else 'holds the same already'}")
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
