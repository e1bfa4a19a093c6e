"""Hand-ins as they come from students and learning platforms: one notebook for each student.

Taken are a folder, or a zip, that holds a folder for each student, and downloads from Moodle
(`Name_123_assignsubmission_file_/ps3.ipynb`), Canvas (`name_123_456_ps3.ipynb`) and nbgrader
(`submitted/STUDENT/ps3/ps3.ipynb`). Files are opened by another process (helpers.judge.unpack), so
that no file can harm this one; everything but the notebook is left where it is.
"""

import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from helpers.judge import unpack
from helpers.judge.clean import clean_text
from helpers.judge.unpack import Refused

SECONDS = 120
NOBODY = "no student"
LONGEST_NAME = 60  # letters; a folder's name ends at 255 bytes, and a letter may take 4
JUNK = re.compile(r"__MACOSX|\.ipynb_checkpoints|\.DS_Store|Thumbs\.db|desktop\.ini|\._.*")
MOODLE = re.compile(r"(?P<student>.+_\d+)_assignsubmission_file_?(?P<file>.*)", re.DOTALL)
MOODLE_TEXT = re.compile(r".+_\d+_assignsubmission_onlinetext", re.DOTALL)
CANVAS = re.compile(r"(?P<name>[^_]+)(?P<late>_LATE)?_(?P<user>\d+)_\d+_(?P<file>.+)", re.DOTALL)


@dataclass(frozen=True)
class HandIn:
    """A student's notebook as bytes of JSON, without outputs; None where none could be taken.

    `student` is fit for a file name and a table: letters, digits and . _ @ - and spaces. `remarks`
    are sentences for the teacher.
    """

    student: str
    notebook: bytes | None
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Item:
    """A file or an empty folder: where it lies, whose it is, and what the platform says of it."""

    path: str
    student: str
    file: str
    fault: str = ""
    canvas: bool = False
    late: bool = False


def hand_ins(source: Path, problem_set: str) -> Iterator[HandIn]:
    """Each student's hand-in, in the order of their names.

    Args:
        source: a folder or a zip.
        problem_set: "ps3"; the notebook should be called ps3.ipynb.

    Raises:
        helpers.judge.unpack.Refused: the source cannot be read, or no student is in it.
    """
    source = source.resolve()
    if not source.exists():
        raise Refused(f"{source} does not exist; name a folder or a zip of hand-ins")
    found = ask(source)
    if "refused" in found:
        raise Refused(f"{source}: {found['refused']}")
    groups = by_student(items(found["entries"], source))
    if not set(groups) - {NOBODY}:
        fault = "holds no student's folder; put each notebook into a folder with the student's name"
        raise Refused(f"{source} {fault}")
    names = {student: fit(student) for student in groups}
    times = Counter(name.casefold() for name in names.values())
    for student in sorted(groups, key=names.get):
        name = names[student]
        if times[name.casefold()] > 1:
            fault = f"{clean_text(student)!r} is there twice, or in capital and small letters"
            yield HandIn(name, None, (f"{fault}; rename all but one",))
        else:
            yield hand_in(source, problem_set, student, groups[student])


def ask(source: Path, path: str | None = None) -> dict:
    """What the limited process says of the source, or of one file in it."""
    arguments = [str(source)] if path is None else [str(source), path]
    with tempfile.TemporaryFile() as printed:
        command = [sys.executable, "-I", unpack.__file__, *arguments]
        quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            subprocess.run(command, stdout=printed, cwd="/", env={}, timeout=SECONDS, **quiet)
        except subprocess.TimeoutExpired:
            return {"refused": f"it was not read within {SECONDS} seconds"}
        printed.seek(0)
        try:
            return json.load(printed)
        except ValueError:
            return {"refused": "it needs more memory or time than a hand-in may take"}


def items(entries: list[list[str]], source: Path) -> Iterator[Item]:
    """Each entry with the student whose it is."""
    split = [(PurePosixPath(path).parts, path, fault) for path, fault in entries]
    split = [entry for entry in split if not any(map(JUNK.fullmatch, entry[0]))]
    tops = {parts[0] for parts, path, _ in split if path.endswith(".ipynb")}
    outer = next(iter(tops)) if len(tops) == 1 else None
    if outer in ("submitted", source.stem):  # the folder around all students' folders
        split = [(p[1:] if p[:1] == (outer,) else p, path, fault) for p, path, fault in split]
    for parts, path, fault in split:
        if parts and (item := placed(parts, path, fault)):
            yield item


def placed(parts: tuple[str, ...], path: str, fault: str) -> Item | None:
    """An item, its student named by the first part alone: a student chooses what lies deeper."""
    if fault == unpack.CLIMBS:
        return Item(path, NOBODY, parts[-1], fault)
    if MOODLE_TEXT.match(parts[0]):
        return None
    if match := MOODLE.fullmatch(parts[0]):
        return Item(path, match["student"], match["file"] or parts[-1], fault)
    if len(parts) > 1 or path.endswith("/") or fault:
        return Item(path, parts[0], parts[-1], fault)
    if match := CANVAS.fullmatch(parts[0]):
        student, late = f"{match['name']}_{match['user']}", bool(match["late"])
        return Item(path, student, match["file"], canvas=True, late=late)
    if parts[0].lower().endswith(".ipynb"):
        return Item(path, NOBODY, parts[0], "it lies in no student's folder")
    return None


def by_student(found: Iterator[Item]) -> dict[str, list[Item]]:
    groups = defaultdict(list)
    for item in found:
        groups[item.student].append(item)
    return groups


def fit(student: str) -> str:
    """A name for files and tables: every other character becomes an underscore."""
    composed = unicodedata.normalize("NFC", student)
    name = re.sub(r"[^\w.@ -]", "_", composed)[:LONGEST_NAME]
    return re.sub(r"^[^\w]+|[. ]+$", "", name) or "_"


def hand_in(source: Path, problem_set: str, student: str, mine: list[Item]) -> HandIn:
    """One student's hand-in, or why there is none."""
    name, remarks = fit(student), []
    if name != unicodedata.normalize("NFC", student):
        remarks.append(f"the name {clean_text(student)!r} is written {name!r} here")
    try:
        chosen, said = choose(mine, problem_set)
        remarks += said
        taken = ask(source, chosen.path)
        if "refused" in taken:
            raise Refused(f"{clean_text(chosen.file)}: {clean_text(taken['refused'])}")
    except Refused as refused:
        return HandIn(name, None, (*remarks, str(refused)))
    remarks += taken["remarks"]
    return HandIn(name, json.dumps(taken["notebook"]).encode(), tuple(remarks))


def choose(mine: list[Item], problem_set: str) -> tuple[Item, list[str]]:
    """The file to grade among a student's, and sentences about the choice.

    Raises: Refused where there is none, or no telling which.
    """
    remarks = [f"{clean_text(i.path)} was left out: {i.fault}" for i in mine if i.fault]
    sound = [i for i in mine if not i.fault and i.file.lower().endswith(".ipynb")]
    if not sound:
        other = [i.file for i in mine if not i.fault and not i.path.endswith("/")]
        held = f"; handed in: {listing(other)}" if other else ""
        raise Refused("; ".join([*remarks, f"{problem_set}.ipynb is missing{held}"]))
    chosen = best(sound, problem_set)
    if len(sound) > 1:
        left = listing([i.path for i in sound if i is not chosen])
        remarks.append(f"{len(sound)} notebooks: {clean_text(chosen.path)} was taken, not {left}")
    elif version(chosen, problem_set) is None:
        remarks.append(f"the notebook is called {clean_text(chosen.file)}")
    if chosen.late:
        remarks.append("Canvas marks it as late")
    return chosen, remarks


def best(sound: list[Item], problem_set: str) -> Item:
    """The only one, Canvas's newest, or the one of the right name that lies least deep."""
    if len(sound) == 1:
        return sound[0]
    named = [i for i in sound if version(i, problem_set) is not None]
    newest = max((version(i, problem_set) for i in named), default=0)
    named = [i for i in named if version(i, problem_set) == newest]
    depth = min((i.path.count("/") for i in named), default=0)
    named = [i for i in named if i.path.count("/") == depth]
    if len(named) != 1:
        fault = f"{len(sound)} notebooks ({listing([i.path for i in sound])})"
        raise Refused(f"{fault}, and no telling which to grade; leave {problem_set}.ipynb")
    return named[0]


def version(item: Item, problem_set: str) -> int | None:
    """0 for ps3.ipynb, N for Canvas's ps3-N.ipynb, None for another name."""
    suffix = r"(?:-(\d{1,4}))?" if item.canvas else "()"
    match = re.fullmatch(rf"{re.escape(problem_set)}{suffix}\.ipynb", item.file)
    return int(match[1] or 0) if match else None


def listing(names: list[str], most: int = 5) -> str:
    shown = ", ".join(clean_text(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
