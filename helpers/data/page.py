"""The page of a data check: one HTML file, pictures and style inside, no script."""

import base64
import html
import io
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image

from helpers.data.facts import Report
from helpers.data.pictures import fit, open_picture

THUMBNAIL = 112  # pixels
GROUPS, MEMBERS, LINES = 40, 8, 200  # the most that are shown
STYLE = """
body {font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: auto; padding: 1rem}
table {border-collapse: collapse; display: block; overflow-x: auto}
td, th {padding: .1rem .8rem .1rem 0; text-align: left; vertical-align: top}
td + td, th + th {font-variant-numeric: tabular-nums}
meter {width: 12rem}
figure {display: inline-block; margin: .3rem; width: 8rem; vertical-align: top}
figcaption {font-size: .75rem; overflow-wrap: anywhere}
h1, li {overflow-wrap: anywhere}
section > div {border-top: 1px solid #ccc}
@media (max-width: 40rem) {td, th {padding-right: .5rem} meter {width: 4rem} th {font-size: .8rem}}
"""


def write(report: Report, out: Path) -> None:
    """Writes the page of a data check.

    Raises:
        OSError: the page cannot be written there.
    """
    sections = (_classes, _sizes, _kinds, _broken, _duplicates, _unusual)
    title = text(f"Pictures in {report.root.resolve().name}")
    body = "".join(f"<section>{section(report)}</section>" for section in sections)
    whole = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width">'
        f"<style>{STYLE}</style><h1>{title}</h1><p>{text(report)}</p>{body}</html>\n"
    )
    try:
        out.write_text(whole, "utf-8")
    except OSError as error:
        raise OSError(
            f"{out}: cannot be written ({error.strerror}); name another place with --out"
        ) from error


def text(value: object) -> str:
    """Safe in a page, whatever bytes a file's name is made of."""
    return html.escape(str(value).encode("utf-8", "replace").decode())


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Cells are HTML already."""
    lines = ["".join(f"<th>{head}</th>" for head in heads)]
    lines += ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in lines) + "</table>"


def _list(lines: list[object]) -> str:
    """The first of many lines, and how many more there are."""
    more = f"<p>and {len(lines) - LINES:,} more</p>" if len(lines) > LINES else ""
    return "<ul>" + "".join(f"<li>{text(line)}</li>" for line in lines[:LINES]) + "</ul>" + more


def _figure(report: Report, row: int, said: str = "") -> str:
    path = report.pictures[row].path
    stored = io.BytesIO()
    fit(open_picture(path, THUMBNAIL), THUMBNAIL, Image.Resampling.BOX).save(stored, "JPEG")
    data = base64.b64encode(stored.getvalue()).decode()
    name = text(path.relative_to(report.root))
    broken = name.replace("/", "/<wbr>")  # where a line may end
    caption = f"{text(said)}<br>{broken}" if said else broken
    return (
        f'<figure><img src="data:image/jpeg;base64,{data}" alt="{name}" width="{THUMBNAIL}" '
        f'height="{THUMBNAIL}"><figcaption>{caption}</figcaption></figure>'
    )


def _classes(report: Report) -> str:
    counts = Counter(report.place(row) for row in range(len(report.pictures)))
    most, values = max(counts.values()), sorted(counts.values())
    bars = (
        (text(part), text(name or "-"), f"{n:,}", f'<meter max="{most}" value="{n}">{n}</meter>')
        for (part, name), n in sorted(counts.items())
    )
    return (
        f"<h2>Classes</h2><p>Folders: {len(counts):,}. Pictures in each: {values[0]:,} to "
        f"{most:,}, in the middle one {values[len(values) // 2]:,}.</p><details open>"
        f"<summary>Each folder</summary>{_table(('part', 'class', 'pictures', ''), bars)}</details>"
    )


def _sizes(report: Report) -> str:
    sizes = np.array([picture.size for picture in report.pictures])
    shares = (0, 5, 50, 95, 100)
    rows = [
        (name, *(f"{value:.0f}" for value in np.percentile(sizes[:, axis], shares)))
        for axis, name in enumerate(("width", "height"))
    ]
    common = Counter(map(tuple, sizes.tolist())).most_common(8)
    return (
        "<h2>Sizes</h2>"
        + _table(("pixels", "smallest", "5 %", "middle", "95 %", "largest"), rows)
        + "<p>Most common</p>"
        + _table(("width × height", "pictures"), ((f"{w} × {h}", f"{n:,}") for (w, h), n in common))
    )


def _kinds(report: Report) -> str:
    counts = Counter(picture.kind for picture in report.pictures).most_common()
    rows = ((text(kind), f"{n:,}") for kind, n in counts)
    return "<h2>Formats and modes</h2>" + _table(("format, mode", "pictures"), rows)


def _broken(report: Report) -> str:
    broken = [said.removeprefix(f"{report.root}/") for said in report.broken]
    others = [path.relative_to(report.root) for path in report.others]
    return (
        f"<h2>Broken</h2><p>Pictures that cannot be read: {len(broken):,}.</p>{_list(broken)}"
        f"<p>Files that are no pictures by their names: {len(others):,}.</p>{_list(others)}"
    )


def _duplicates(report: Report) -> str:
    shown = "".join(_group(report, rows) for rows in report.duplicates[:GROUPS])
    return (
        f"<h2>Near-duplicates</h2><p>{len(report.duplicates):,} groups of pictures that look "
        f"alike, the first {min(GROUPS, len(report.duplicates))} shown. A group across parts "
        "makes the test easier than it should be; one across classes has a wrong label. Some "
        "groups only look alike, so look before you delete.</p>"
        f"{shown}"
    )


def _group(report: Report, rows: list[int]) -> str:
    crossed = report.crosses(rows)
    told = f"{len(rows):,} pictures" + (f", across {' and '.join(crossed)}" if crossed else "")
    return f"<div><p>{told}</p>{''.join(_figure(report, row) for row in rows[:MEMBERS])}</div>"


def _unusual(report: Report) -> str:
    return (
        "<h2>Least usual</h2><p>Look at these first. They need not be wrong: in every data set "
        "some pictures are the least usual.</p>"
        + "".join(_figure(report, row, why) for row, why in report.unusual)
    )
