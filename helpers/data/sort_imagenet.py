"""Sorts ImageNet's flat validation pictures into a folder a class, as the devkit says.

    python -m helpers.data.sort_imagenet SOURCE DEVKIT OUT [--link | --copy] [--dry-run]

SOURCE holds ILSVRC2012_val_00000001.JPEG and so on, DEVKIT is the unpacked ILSVRC2012_devkit_t12.
OUT gets a folder for each WordNet id. Nothing in SOURCE changes and nothing in OUT is overwritten;
after a stop the same command goes on.
"""

import argparse
import errno
import filecmp
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout
from tqdm import tqdm

from helpers.data import devkit

Move = tuple[Path, Path]  # a picture, and where it shall be
Place = Callable[[Path, Path], object]
REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your quota is used up; free some space",
    errno.EFBIG: "too large a file for this disk or for ulimit -f; choose another folder",
    errno.EACCES: "no permission; chmod u+rwx gives it, or choose another folder",
    errno.EPERM: "no permission to do this here; choose another folder",
    errno.EROFS: "this disk is read-only; choose another folder",
}


class SortError(Exception):
    """Why the pictures cannot be sorted, in a sentence that says what to do."""


@dataclass(frozen=True)
class Plan:
    """What is to do, and how many pictures are in place already."""

    left: list[Move]
    done: int
    counts: Counter  # pictures of each class once all is done

    def __str__(self) -> str:
        low, high = min(self.counts.values()), max(self.counts.values())
        each = f"{low}" if low == high else f"{low} to {high}"
        return (
            f"{self.done + len(self.left):,} pictures of {len(self.counts):,} classes, {each} a "
            f"class: {self.done:,} in place, {len(self.left):,} to sort"
        )


def plan(source: Path, kit: devkit.Devkit, out: Path) -> Plan:
    """Where each picture goes; everything is checked before anything is written.

    Raises:
        SortError: SOURCE lacks a picture or has another file, or OUT has something else where a
            picture shall be.
    """
    if out.exists() and not out.is_dir():
        raise SortError(f"{out}: a file; give a folder, which may be new")
    wanted = kit.wnid_of()
    _check_names(source, wanted)
    _check_strangers(out, wanted, set(kit.words))
    moves = [(source / name, out / wnid / name) for name, wnid in wanted.items()]
    left = [(picture, target) for picture, target in moves if not _in_place(picture, target)]
    return Plan(left, len(moves) - len(left), Counter(wanted.values()))


def _check_names(source: Path, wanted: dict[str, str]) -> None:
    try:
        found = {e.name for e in os.scandir(source) if not (e.is_dir() or e.name.startswith("."))}
    except OSError as error:
        raise SortError(f"{source}: cannot be listed ({error.strerror})") from None
    missing, others = sorted(wanted.keys() - found), sorted(found - wanted.keys())
    if missing and not others:
        raise SortError(
            f"{source}: the ground truth has {len(wanted):,} lines and {len(missing):,} of their "
            f"pictures are missing, the first {missing[0]}; unpack ILSVRC2012_img_val.tar again"
        )
    if others:
        raise SortError(
            f"{source}: the ground truth has {len(wanted):,} lines, the folder {len(found):,} "
            f"files, and {others[0]!r} is none of them; wanted {devkit.PICTURE.format(1)} to "
            f"{devkit.PICTURE.format(len(wanted))} and no other file"
        )


def _check_strangers(out: Path, wanted: dict[str, str], wnids: set[str]) -> None:
    """A validation picture in the folder of another class would make that class one too many."""
    for wnid in sorted(wnids):
        if (out / wnid).is_dir():
            for file in (out / wnid).iterdir():
                if file.suffix == ".JPEG" and wanted.get(file.name) != wnid:
                    raise SortError(
                        f"{file}: the ground truth does not put it into {wnid}; move it away, or "
                        "choose an empty folder"
                    )


def _in_place(picture: Path, target: Path) -> bool:
    if not os.path.lexists(target):
        return False
    if target.is_file() and filecmp.cmp(picture, target):  # by size and time, else by content
        return True
    raise SortError(
        f"{target}: is there with other content than {picture}; nothing is overwritten, so move "
        "it away or choose an empty folder"
    )


def copy(picture: Path, target: Path) -> None:
    """A copy that has its name only when it is whole."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)  # left by a kill
    try:
        shutil.copy2(picture, part)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)


def link(picture: Path, target: Path) -> None:
    """A symbolic link, which takes no space and breaks when the picture is moved."""
    target.symlink_to(picture.resolve())


def check_space(left: list[Move], out: Path) -> None:
    """Raises: SortError when copies of the pictures do not fit on OUT's disk."""
    needed = sum(picture.stat().st_size for picture, _ in left)
    there = next(folder for folder in (out, *out.resolve().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if needed > free:
        raise SortError(
            f"{out}: the copies need {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free; free "
            "some space, or take --link, which needs none"
        )


def sort(moves: list[Move], place: Place) -> None:
    """Places each picture.

    Raises:
        SortError: no space, no permission, or a picture that cannot be read; what is done stays.
    """
    for done, (picture, target) in enumerate(tqdm(moves, "sorted", disable=None)):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            place(picture, target)
        except OSError as error:
            raise SortError(
                f"{sentence(error, target)}; {done:,} pictures are sorted, and the same command "
                "goes on from there"
            ) from error


def sentence(error: OSError, path: Path) -> str:
    """What the system refused, where, and what to do."""
    return f"{error.filename or path}: {REASONS.get(error.errno, error.strerror)}"


def run(source: Path, kit: Path, out: Path, place: Place, dry: bool) -> None:
    """The whole command.

    Raises:
        SortError, FileNotFoundError, ValueError: the input or the place is not fit.
    """
    planned = plan(source, devkit.read(kit), out)
    print(planned)
    if place is copy:
        check_space(planned.left, out)
    if dry:
        print("nothing was written")
        return
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(f"{out}.lock", timeout=0):
            sort(planned.left, place)
    except Timeout:
        raise SortError(f"{out}: another process sorts into it; wait until it ends") from None
    print(f"{out} is complete")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.data.sort_imagenet",
        description=__doc__.splitlines()[0],
    )
    parser.add_argument("source", type=Path, help="the folder with the 50,000 flat pictures")
    parser.add_argument("devkit", type=Path, help="the unpacked ILSVRC2012_devkit_t12")
    parser.add_argument("out", type=Path, help="gets a folder a class")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--copy", dest="place", action="store_const", const=copy, default=copy)
    how.add_argument("--link", dest="place", action="store_const", const=link)
    parser.add_argument("--dry-run", action="store_true", help="check and count, write nothing")
    asked = parser.parse_args(arguments)
    try:
        run(asked.source, asked.devkit, asked.out, asked.place, asked.dry_run)
    except OSError as error:
        print(sentence(error, asked.out) if error.errno else error, file=sys.stderr)
        return 1
    except (SortError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
