"""Hand-ins from folders, zips and platforms; what is hostile or broken is a sentence."""

import io
import json
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from helpers.judge import clean, intake, unpack
from helpers.judge.unpack import Refused
from tools.project import ROOT


def notebook(source: str = "1", **more) -> str:
    code = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [{"x": "y" * 99}]}
    return json.dumps({"nbformat": 4, "cells": [code], **more})


def folder_of(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def zip_of(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def taken(source: Path) -> dict[str, intake.HandIn]:
    found = list(intake.hand_ins(source, "ps3"))
    assert len({h.student for h in found}) == len(found)
    return {h.student: h for h in found}


def source_of(hand_in: intake.HandIn) -> str:
    return json.loads(hand_in.notebook)["cells"][0]["source"]


LAYOUTS = {
    "folders": ["ann/ps3.ipynb", "홍길동/ps3.ipynb"],
    "wrapped": ["hand-ins/ann/ps3.ipynb", "hand-ins/홍길동/ps3.ipynb"],
    "nbgrader": ["submitted/ann/ps3/ps3.ipynb", "submitted/홍길동/ps3/ps3.ipynb"],
    "moodle": ["ann_12_assignsubmission_file_/ps3.ipynb",
               "홍길동_9_assignsubmission_file/ps3.ipynb"],
    "moodle, flat": ["ann_12_assignsubmission_file_ps3.ipynb",
                     "홍길동_9_assignsubmission_file_ps3.ipynb"],
    "canvas": ["ann_12_345_ps3.ipynb", "홍길동_9_346_ps3.ipynb"],
}  # fmt: skip


@pytest.mark.parametrize("form", ["folder", "zip"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_student_s_notebook_is_found_in(layout, form, tmp_path):
    files = {name: notebook(name) for name in LAYOUTS[layout]}
    files |= {"__MACOSX/ann/._ps3.ipynb": "", "list.txt": ""}
    make, name = {"folder": (folder_of, "hand-ins"), "zip": (zip_of, "hand-ins.zip")}[form]
    found = taken(make(tmp_path / name, files))
    numbers = ("_12", "_9") if layout.startswith(("moodle", "canvas")) else ("", "")
    assert set(found) == {f"ann{numbers[0]}", f"홍길동{numbers[1]}"}
    assert sorted(map(source_of, found.values())) == sorted(LAYOUTS[layout])
    assert [h.remarks for h in found.values()] == [(), ()]


def test_of_canvas_s_versions_the_newest_counts_and_late_is_said(tmp_path):
    names = ["ann_12_345_ps3.ipynb", "ann_12_346_ps3-1.ipynb", "ann_LATE_12_347_ps3-10.ipynb"]
    found = taken(folder_of(tmp_path, {name: notebook(name) for name in names}))["ann_12"]
    assert source_of(found) == names[2]
    assert f"3 notebooks: {names[2]} was taken" in found.remarks[0]
    assert found.remarks[1] == "Canvas marks it as late"


def test_everything_but_the_notebook_is_left_and_outputs_are_dropped(tmp_path):
    files = {"ann/torch.py": "raise SystemExit", "ann/ps3.ipynb": notebook(), "ann/a.csv": ""}
    hand_in = taken(folder_of(tmp_path, files))["ann"]
    assert json.loads(hand_in.notebook)["cells"][0]["outputs"] == []
    assert hand_in.remarks == ()
    assert not any(str(tmp_path) in entry for entry in sys.path)


def test_a_notebook_of_another_name_is_taken_where_it_is_the_only_one(tmp_path):
    files = {"ann/my work (1).ipynb": notebook(), "ben/a.ipynb": notebook(), "ben/b.ipynb": ""}
    found = taken(folder_of(tmp_path, files))
    assert found["ann"].remarks == ("the notebook is called my work (1).ipynb",)
    assert found["ben"].notebook is None
    assert "2 notebooks (ben/a.ipynb, ben/b.ipynb), and no telling which" in found["ben"].remarks[0]


def test_the_right_name_least_deep_wins(tmp_path):
    files = {"ann/ps3.ipynb": notebook("top"), "ann/old/ps3.ipynb": notebook("old"),
             "ann/ps2.ipynb": notebook("ps2"), "ann/.ipynb_checkpoints/ps3.ipynb": ""}  # fmt: skip
    hand_in = taken(folder_of(tmp_path, files))["ann"]
    assert source_of(hand_in) == "top"
    assert "3 notebooks: ann/ps3.ipynb was taken" in hand_in.remarks[0]


@pytest.mark.parametrize("inner", ["ben/ps3", "ben_1_assignsubmission_file_", "ben_1_2_ps3.ipynb"])
def test_nobody_hands_in_for_another(inner, tmp_path):
    files = {f"ann/{inner}/ps3.ipynb": notebook(), "ann/cy/ps3.ipynb": notebook()}
    assert set(taken(folder_of(tmp_path / "in", files))) == {"ann"}


def test_a_student_without_a_notebook_is_named(tmp_path):
    folder_of(tmp_path, {"ann/report.pdf": "", "ps3.ipynb": notebook()})
    (tmp_path / "ben").mkdir()
    found = taken(tmp_path)
    assert found["ann"].remarks == ("ps3.ipynb is missing; handed in: report.pdf",)
    assert found["ben"].remarks == ("ps3.ipynb is missing",)
    assert "it lies in no student's folder" in found["no student"].remarks[0]


def test_links_pipes_and_devices_are_not_opened(tmp_path):
    folder_of(tmp_path, {"secret/ps3.ipynb": notebook("secret")})
    source = folder_of(tmp_path / "in", {"ok/ps3.ipynb": notebook()})
    for name in ("ann", "ben"):
        (source / name).mkdir()
    (source / "ann/ps3.ipynb").symlink_to(tmp_path / "secret/ps3.ipynb")
    (source / "cy").symlink_to(tmp_path / "secret")
    os.mkfifo(source / "ben/ps3.ipynb")
    found = taken(source)
    assert [name for name, h in found.items() if h.notebook] == ["ok"]
    assert "ann/ps3.ipynb was left out: it is a link" in found["ann"].remarks[0]
    assert "ben/ps3.ipynb was left out: it is not a plain file" in found["ben"].remarks[0]
    assert "cy was left out: it is a link" in found["cy"].remarks[0]


def test_links_and_climbing_and_double_names_in_a_zip_are_left_out(tmp_path):
    link = zipfile.ZipInfo("ann/ps3.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    files = ["ok/ps3.ipynb", "ok/../../x.ipynb", "/abs/ps3.ipynb", "ben/ps3.ipynb"]
    path = zip_of(tmp_path / "in.zip", dict.fromkeys(files, notebook()))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("ben/ps3.ipynb", notebook("second"))
    found = taken(path)
    assert [name for name, h in found.items() if h.notebook] == ["ok"]
    assert "it is a link" in found["ann"].remarks[0]
    assert "it is in the zip twice" in found["ben"].remarks[0]
    assert found["no student"].remarks[0].count("its name leads out of the zip") == 2


def test_an_encrypted_entry_and_a_zip_in_the_zip_are_sentences(tmp_path):
    inner = io.BytesIO()
    zipfile.ZipFile(inner, "w").close()
    files = {"ann/ps3.ipynb": notebook(), "ben/ps3.zip": inner.getvalue()}
    path = zip_of(tmp_path / "in.zip", files)
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1  # the central directory's flag of the first entry
    path.write_bytes(data)
    found = taken(path)
    assert "it is encrypted" in found["ann"].remarks[0]
    assert found["ben"].remarks == ("ps3.ipynb is missing; handed in: ps3.zip",)


@pytest.mark.slow
def test_a_bomb_and_a_million_cells_harm_nobody_else(tmp_path):
    files = {"ann/ps3.ipynb": " " * 300_000_000, "ben/ps3.ipynb": notebook(cells=[{}] * 1_000_000),
             "cy/ps3.ipynb": notebook("x" * 3_000_000), "dee/ps3.ipynb": notebook()}  # fmt: skip
    found = taken(zip_of(tmp_path / "in.zip", files))
    assert [name for name, h in found.items() if h.notebook] == ["dee"]
    assert "a notebook may have 20" in found["ann"].remarks[0]
    assert "1,000,000 cells" in found["ben"].remarks[0]
    assert "2.9 MiB of text" in found["cy"].remarks[0]


TIGHTER = {
    "memory": {"1024 * MIB": "40 * MIB"},
    "time": {
        "RLIMIT_CPU: 60": "RLIMIT_CPU: 1",
        "    text, repaired =": "    while True: pass\n    x =",
    },
}


@pytest.mark.parametrize("limit", TIGHTER)
def test_what_needs_too_much_ends_in_its_own_process(limit, tmp_path, monkeypatch):
    text = Path(unpack.__file__).read_text()
    for old, new in TIGHTER[limit].items():
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "program.py").write_text(text)
    monkeypatch.setattr(unpack, "__file__", str(tmp_path / "program.py"))
    many = json.dumps({"cells": [{"source": [[]] * 2_000_000}]})
    hand_in = taken(folder_of(tmp_path / "in", {"ann/ps3.ipynb": many}))["ann"]
    assert hand_in.notebook is None
    assert limit in hand_in.remarks[0]


def test_names_are_made_fit_and_alike_names_are_refused(tmp_path):
    files = {"=1+1, \x1b[31mKim\u202e/ps3.ipynb": notebook(), "é/ps3.ipynb": notebook(),
             "Ann/ps3.ipynb": notebook(), "ann/ps3.ipynb": notebook(),
             f"{'n' * 300}/ps3.ipynb": notebook(), "-rf/ps3.ipynb": notebook()}  # fmt: skip
    found = taken(zip_of(tmp_path / "in.zip", files))
    assert {name for name, h in found.items() if h.notebook} == {
        "_1_1_ __31mKim_", "é", "n" * 60, "rf"}  # fmt: skip
    assert found["é"].remarks == ()
    for name in ("Ann", "ann"):
        assert found[name].notebook is None
        assert "rename all but one" in found[name].remarks[0]
    assert not any("\x1b" in remark for h in found.values() for remark in h.remarks)


def test_broken_letters_are_marked_and_the_notebook_is_taken(tmp_path):
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann/ps3.ipynb").write_bytes(notebook("caf?").encode().replace(b"?", b"\xe9"))
    hand_in = taken(tmp_path)["ann"]
    assert source_of(hand_in) == "caf\N{REPLACEMENT CHARACTER}"
    assert "not UTF-8" in hand_in.remarks[0]


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda p: p / "none", "does not exist"),
        (lambda p: p, "holds no student's folder"),
        (lambda p: folder_of(p, {"notes.txt": "a"}) / "notes.txt", "neither a folder nor a zip"),
        (lambda p: zip_of(p / "a.zip", {"ps3.ipynb": "{}"}), "holds no student's folder"),
        (lambda p: zip_of(p / "b.zip", {f"{n}": "" for n in range(50_001)}), "more than 50,000"),
    ],
)
def test_a_source_without_hand_ins_is_a_sentence(make, sentence, tmp_path):
    with pytest.raises(Refused, match=sentence):
        list(intake.hand_ins(make(tmp_path), "ps3"))


def test_students_are_told_the_bounds():
    page = (ROOT / "book/handing_in.md").read_text("utf-8")
    assert f"{unpack.MOST_BYTES // unpack.MIB} MiB |" in page
    assert f"{unpack.MOST_TEXT // unpack.MIB} MiB |" in page
    assert f"| cells | {unpack.MOST_CELLS:,} |" in page
    assert f"{clean.MOST_MARKDOWN:,} letters" in page
