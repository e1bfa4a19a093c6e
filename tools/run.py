"""Run chapters with papermill into _build/run; only --record writes into book/.

    python -m tools.run --chapters all --parameters device=cpu profile=page
    python -m tools.run --chapters 06 --record

A failing chapter does not stop the others; only good runs replace what the pages show.
"""

import argparse
import ast
import contextlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from filelock import FileLock, Timeout
from nbformat import NotebookNode

from helpers.names import choose
from tools import notebooks, outputs
from tools.chapter import Outcome, execute
from tools.claims import differences
from tools.project import ROOT, Problem, shown

DEFAULTS = {"device": "auto", "profile": "page", "dataset": "drawn", "seed": 0}
RECORD = DEFAULTS | {"device": "cpu"}
CHOICES = {"device": ["auto", "cpu", "cuda", "mps"], "profile": ["tiny", "page", "full"]}
DEADLINE_SECONDS = {"tiny": 120, "page": 900, "full": 48 * 3600}


def read_parameters(pairs: list[str]) -> dict:
    """["device=cpu", "seed=1"] over the defaults.

    Raises: Problem for an unknown name or value; the known ones are listed.
    """
    found = dict(DEFAULTS)
    for pair in pairs:
        name, _, value = pair.partition("=")
        known(f"parameter (got {pair!r})", name, DEFAULTS)
        if name in CHOICES:
            known(name, value, CHOICES[name])
        found[name] = value
    if not str(found["seed"]).isdecimal():
        raise Problem(f"seed is a whole number from 0, not {found['seed']!r}")
    if Path(found["dataset"]).is_dir():
        found["dataset"] = str(Path(found["dataset"]).resolve())
    return found | {"seed": int(found["seed"])}


def known(kind: str, name: str, names: object) -> str:
    """helpers.names.choose, as a sentence for the person at the terminal."""
    try:
        return choose(kind, name, names)
    except ValueError as error:
        raise Problem(str(error)) from None


def chosen(which: str, root: Path) -> list[Path]:
    """Sources of `all` chapters, or of the one whose number or name is given.

    Raises: Problem where there is no such chapter.
    """
    sources = notebooks.chapters(root)
    if which == "all":
        return sources
    names = {path.stem: path for path in sources} | {path.stem[:2]: path for path in sources}
    return [names[known("chapter", which, names)]]


def accepts(notebook: NotebookNode, parameters: dict, path: Path) -> None:
    """Raises: Problem where papermill would drop a parameter in silence."""
    tagged = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    if len(tagged) != 1:
        fault = f"has {len(tagged)} cells tagged `parameters` and needs one"
        raise Problem(f"{shown(path)} {fault}, or values given to it would change nothing")
    body = ast.parse(tagged[0].source).body
    names = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name)}
    missing = sorted(set(parameters) - names)
    if missing:
        raise Problem(f"{shown(path)}, cell {tagged[0].id}: sets no {', '.join(missing)}")


def run_one(source: Path, parameters: dict, root: Path) -> Outcome:
    """Run a chapter in _build/run/work; a good run replaces the page's notebook at once."""
    pages, work = root / "_build" / "run" / "book", root / "_build" / "run" / "work"
    try:
        notebook = notebooks.chapter(source, root)
        accepts(notebook, parameters, source)
    except Problem as problem:
        return Outcome(source.stem, 0.0, 0.0, str(problem))
    fresh, out = work / f"{source.stem}.ipynb", work / f"{source.stem}.out.ipynb"
    notebooks.write(fresh, notebooks.as_text(notebook))
    outcome = execute(fresh, out, parameters, DEADLINE_SECONDS[parameters["profile"]], pages)
    if outcome.error is None:
        clean = outputs.clean(nbformat.read(out, as_version=4), parameters)
        notebooks.write(pages / fresh.name, notebooks.as_text(clean))
    return outcome


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """Raises: Problem where another run uses _build/run: each would delete the other's pages."""
    (root / "_build").mkdir(exist_ok=True)
    lock = FileLock(root / "_build" / "run.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise Problem("another run is using _build/run; wait until it has ended") from None
    with lock:
        lock.release()  # `with` holds it once more
        yield


def run(sources: list[Path], parameters: dict, root: Path = ROOT) -> list[Outcome]:
    """Run chapters one after the other, each announced and reported on one line."""
    shutil.rmtree(root / "_build" / "run", ignore_errors=True)
    skip = shutil.ignore_patterns(".*", "_build")
    shutil.copytree(root / "book", root / "_build" / "run" / "book", ignore=skip)
    found = []
    for place, source in enumerate(sources, start=1):
        print(f"[{place}/{len(sources)}] {source.stem} ...", end=" ", flush=True)
        found.append(run_one(source, parameters, root))
        print(f"failed: {found[-1].error}" if found[-1].error else f"{found[-1].seconds:.1f} s")
    return found


def table(found: list[Outcome]) -> str:
    """Seconds and peak memory of each chapter, and the sum."""
    width = max([len(o.name) for o in found] + [len("chapter")])
    lines = [f"{'chapter':{width}}  seconds  peak MiB"]
    for o in found:
        verdict = "" if o.error is None else "  FAILED"
        lines.append(f"{o.name:{width}}  {o.seconds:7.1f}  {o.peak_mib:8.0f}{verdict}")
    total, peak = sum(o.seconds for o in found), max([o.peak_mib for o in found] + [0])
    return "\n".join([*lines, f"{'all':{width}}  {total:7.1f}  {peak:8.0f}"])


def broken_claims(found: list[Outcome], root: Path) -> list[str]:
    """Claims that good runs printed otherwise than the committed chapters have them."""
    sentences = []
    for name in [o.name for o in found if o.error is None]:
        committed = notebooks.former(root / "book" / f"{name}.ipynb")
        if committed is not None:
            path = root / "_build" / "run" / "book" / f"{name}.ipynb"
            sentences += differences(name, nbformat.read(path, as_version=4), committed)
    return sentences


def record(found: list[Outcome], root: Path) -> None:
    """Put the notebooks of good runs into book/."""
    for name in [o.name for o in found if o.error is None]:
        text = (root / "_build" / "run" / "book" / f"{name}.ipynb").read_text("utf-8")
        notebooks.write(root / "book" / f"{name}.ipynb", text)


def perform(options: argparse.Namespace, root: Path) -> int:
    """What the command line asks; the exit code."""
    parameters = read_parameters(options.parameters)
    if options.record:
        parameters |= {"device": "cpu"} if parameters["device"] == "auto" else {}
        if parameters != RECORD:
            wanted = " ".join(f"{name}={value}" for name, value in RECORD.items())
            raise Problem(f"only a run with {wanted} is recorded; leave --record out")
    with alone(root):
        found = run(chosen(options.chapters, root), parameters, root)
        print(table(found), flush=True)
        if options.record:
            record(found, root)
        compared = not options.record and parameters == DEFAULTS
        broken = broken_claims(found, root) if compared else []
    failed = [o for o in found if o.error]
    for sentence in broken:
        print(f"a claim differs: {sentence}", file=sys.stderr)
    return 1 if failed or broken else 0


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="tools.run", description=__doc__.split("\n")[0])
    parser.add_argument("--chapters", default="all", help="all, or a number or name: 06")
    parser.add_argument("--parameters", nargs="*", default=[], metavar="NAME=VALUE")
    parser.add_argument("--record", action="store_true", help="write outputs back into book/")
    try:
        return perform(parser.parse_args(arguments), root)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 2  # nothing ran; 1 is for chapters that failed or claims that differ


if __name__ == "__main__":
    raise SystemExit(main())
