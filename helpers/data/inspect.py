"""Looks at a folder of pictures before anything is trained on it, and writes a page.

    python -m helpers.data.inspect FOLDER [--out PAGE]

Sizes, modes, classes, files that cannot be read, near-duplicates and the least usual pictures.
The page is one file with its pictures inside; it asks for nothing else.
"""

import argparse
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from tqdm import tqdm

from helpers.data import facts, page
from helpers.data.facts import Facts, Report
from helpers.data.pictures import SUFFIXES, PictureError

LEAST_USUAL = 24


def inspect(root: Path) -> Report:
    """Every picture under `root` looked at once.

    Raises:
        FileNotFoundError: no such folder, or no picture in it that can be read.
    """
    if not root.is_dir():
        raise FileNotFoundError(f"{root}: no such folder; give one with pictures in it")
    files = sorted(file for file in root.rglob("*") if file.is_file())
    named = [file for file in files if file.suffix.lower() in SUFFIXES]
    pictures, broken = _looked_at(named)
    if not pictures:
        raise FileNotFoundError(f"{root}: none of its {len(files):,} files is a readable picture")
    report = Report(
        root,
        pictures,
        broken,
        others=[file for file in files if file.suffix.lower() not in SUFFIXES],
        duplicates=facts.near_duplicates(np.stack([picture.hash for picture in pictures])),
        unusual=facts.least_usual(np.array([p.features for p in pictures]), LEAST_USUAL),
    )
    report.duplicates.sort(key=lambda rows: (-len(report.crosses(rows)), -len(rows)))
    return report


def _looked_at(files: list[Path]) -> tuple[list[Facts], list[str]]:
    def one(file: Path) -> Facts | str:
        try:
            return facts.look(file)
        except PictureError as error:
            return str(error)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(tqdm(pool.map(one, files), "looked at", len(files), disable=None))
    return [f for f in found if isinstance(f, Facts)], [f for f in found if isinstance(f, str)]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m helpers.data.inspect", description=__doc__.splitlines()[0]
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path, help="the page; inspect-FOLDER.html where you are")
    asked = parser.parse_args(arguments)
    out = asked.out or Path(f"inspect-{asked.folder.resolve().name}.html")
    try:
        report = inspect(asked.folder)
        page.write(report, out)
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{report}\n{out.resolve().as_uri()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
