"""Open what students handed in; run as a program of its own, with little memory and time.

python -I unpack.py SOURCE         every file and folder below SOURCE, a folder or a zip
python -I unpack.py SOURCE PATH    the notebook of that name, without outputs and attachments

Prints one JSON object. Nothing is unpacked to disk. Only the standard library is imported, so that
a process for each student is cheap.
"""

import json
import os
import re
import resource
import stat
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice

MIB = 2**20
LIMITS = {
    resource.RLIMIT_AS: 1024 * MIB,
    resource.RLIMIT_CPU: 60,  # seconds
    resource.RLIMIT_FSIZE: 64 * MIB,  # what it may print
    resource.RLIMIT_CORE: 0,
}
MOST_ENTRIES = 50_000
MOST_BYTES = 20 * MIB
MOST_CELLS = 2_000
MOST_TEXT = 2 * MIB
CONFLICT = re.compile(r"^(<{7}|>{7}) ", re.MULTILINE)
CLIMBS = "its name leads out of the zip"
AGAIN = "ask for it again, saved from Jupyter or Colab"


class Refused(Exception):
    """What was handed in cannot be taken; the text is a sentence for the teacher."""


def parse(data: bytes) -> tuple[dict, list[str]]:
    """A notebook's JSON, not checked further, and sentences about what was repaired on the way.

    Raises: Refused where there is no JSON object with 1 to 2,000 cells.
    """
    if len(data) > MOST_BYTES:
        raise Refused(
            f"the file has {len(data) / MIB:.0f} MiB, and a notebook may have {MOST_BYTES // MIB}; "
            "ask for it again without outputs"
        )
    if not data.strip():
        raise Refused(f"the file is empty; {AGAIN}")
    text, repaired = decoded(data)
    try:
        notebook = json.loads(text, parse_constant=lambda name: None)  # NaN and Infinity
    except (ValueError, RecursionError) as error:
        raise Refused(broken(text, error)) from None
    count = len(cells(notebook))
    if not 0 < count <= MOST_CELLS:
        raise Refused(f"the notebook has {count:,} cells; it must have 1 to {MOST_CELLS:,}")
    return notebook, repaired


def decoded(data: bytes) -> tuple[str, list[str]]:
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", errors="replace")
        return text, ["the file is not UTF-8: letters that could not be read are marked"]


def broken(text: str, error: Exception) -> str:
    if CONFLICT.search(text):
        return f"the file holds leftovers of a merge (lines that begin with <<<<<<<); {AGAIN}"
    if isinstance(error, json.JSONDecodeError) and (
        error.msg.startswith("Unterminated") or error.pos >= len(text.rstrip()) - len("false")
    ):
        return f"the file is cut short at line {error.lineno}; {AGAIN}"
    return f"the file is not the JSON of a notebook ({str(error)[:80]}); {AGAIN}"


def cells(notebook: object) -> list:
    """The cells of a notebook of version 3 (in worksheets) or 4.

    Raises: Refused where it has no list of cells.
    """
    holders = [notebook]
    if isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        holders = notebook["worksheets"]
    lists = [holder.get("cells") for holder in holders if isinstance(holder, dict)]
    if not lists or not all(isinstance(found, list) for found in lists):
        raise Refused(f"the file is JSON but not a notebook: it has no list of cells; {AGAIN}")
    return [cell for found in lists for cell in found]


def lean(data: bytes) -> tuple[dict, list[str]]:
    """A notebook without what grading does not need. Raises: Refused where much text remains."""
    notebook, repaired = parse(data)
    for cell in cells(notebook):
        if isinstance(cell, dict):
            cell.pop("attachments", None)
            if "outputs" in cell:
                cell["outputs"] = []
    size = len(json.dumps(notebook))
    if size > MOST_TEXT:
        raise Refused(
            f"the notebook has {size / MIB:.1f} MiB of text, and it may have {MOST_TEXT // MIB}; "
            "ask for it again without data in its cells"
        )
    return notebook, repaired


class Folder:
    """Hand-ins in a folder; no link is followed."""

    def __init__(self, root: str):
        self._root = root

    def entries(self) -> Iterator[tuple[str, str]]:
        """Path below the root, folders with a slash at the end, and why it is refused, or ''."""
        for folder, folders, files in os.walk(self._root):
            for name in sorted(folders + files):
                path = os.path.join(folder, name)
                mode = os.lstat(path).st_mode
                slash = "/" if stat.S_ISDIR(mode) else ""
                yield os.path.relpath(path, self._root) + slash, fault_of(mode)

    def read(self, path: str) -> bytes:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        with open(os.open(os.path.join(self._root, path), flags), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Refused("it is not a plain file")
            return file.read(MOST_BYTES + 1)


class Archive:
    """Hand-ins in a zip, read without unpacking."""

    def __init__(self, path: str):
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            raise Refused(f"it is neither a folder nor a zip that can be read ({error})") from None

    def entries(self) -> Iterator[tuple[str, str]]:
        """As for a folder."""
        times = Counter(entry.filename for entry in self._zip.infolist())
        for name in times:
            yield name, "it is in the zip twice" if times[name] > 1 else self._fault(name)

    def _fault(self, name: str) -> str:
        entry = self._zip.getinfo(name)
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            return CLIMBS
        if entry.flag_bits & 1:
            return "it is encrypted"
        return fault_of(entry.external_attr >> 16)

    def read(self, path: str) -> bytes:
        with self._zip.open(path) as file:
            return file.read(MOST_BYTES + 1)


def fault_of(mode: int) -> str:
    """Why a file of this mode is refused; '' for a plain file, a folder, or an unknown mode."""
    if stat.S_ISLNK(mode):
        return "it is a link"
    kind = stat.S_IFMT(mode)
    return "" if kind in (0, stat.S_IFREG, stat.S_IFDIR) else "it is not a plain file"


def answer(source: str, path: str | None = None) -> dict:
    """What is printed: `entries`, or `notebook` and `remarks`, or `refused`."""
    try:
        opened = Folder(source) if os.path.isdir(source) else Archive(source)
        if path is not None:
            notebook, repaired = lean(opened.read(path))
            return {"notebook": notebook, "remarks": repaired}
        entries = list(islice(opened.entries(), MOST_ENTRIES + 1))
        if len(entries) > MOST_ENTRIES:
            raise Refused(f"it holds more than {MOST_ENTRIES:,} files")
        return {"entries": entries}
    except Refused as refused:
        return {"refused": str(refused)}
    except MemoryError:
        return {"refused": "it needs more than 1 GiB of memory"}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        return {"refused": f"it cannot be read ({str(error)[:80]})"}
    except Exception as error:  # zlib, lzma and bz2 each raise their own
        return {"refused": f"it cannot be read ({type(error).__name__})"}


if __name__ == "__main__":
    for limit, most in LIMITS.items():
        resource.setrlimit(limit, (most, most))
    print(json.dumps(answer(*sys.argv[1:])))
