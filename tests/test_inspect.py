"""The data check finds what was planted, and its page asks for nothing outside itself."""

from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from helpers.data import facts
from helpers.data import inspect as check

ODD = "사진\n<b>.png"
PLANTED = {"train/a/00.png", "test/a/copy.jpg"}


def scene(seed, size=(160, 120)):
    """A picture of soft patches, unlike that of any other seed."""
    patches = np.random.default_rng(seed).integers(60, 200, (10, 10, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize(size, Image.Resampling.BICUBIC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("mixed")
    for seed, place in enumerate(["train/a"] * 12 + ["train/b"] * 20 + ["test/a"] * 6):
        (root / place).mkdir(parents=True, exist_ok=True)
        scene(seed).save(root / place / f"{seed:02}.png")
    scene(0).resize((120, 90)).save(root / "test/a/copy.jpg", quality=60)
    scene(13).save(root / "train/b" / ODD)
    Image.new("RGB", (64, 48)).save(root / "train/b/black.png")
    scene(50).convert("CMYK").save(root / "train/b/print.jpg")
    (root / "train/a/cut.jpg").write_bytes(b"\xff\xd8\xff")
    (root / "train/notes.txt").write_text("hello")
    return root


@pytest.fixture(scope="module")
def report(folder):
    return check.inspect(folder)


@pytest.fixture(scope="module")
def page(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "page.html"
    assert check.main([str(folder), "--out", str(out)]) == 0
    return out.read_text("utf-8")


def names(report, rows):
    return {str(report.pictures[row].path.relative_to(report.root)) for row in rows}


def test_every_readable_picture_is_looked_at_and_the_others_are_named(report):
    assert len(report.pictures) == 42
    assert len(report.broken) == 1
    assert "cut.jpg: not a picture" in report.broken[0]
    assert [file.name for file in report.others] == ["notes.txt"]


def test_a_smaller_copy_in_the_test_part_is_found_and_comes_first(report):
    assert [names(report, rows) for rows in report.duplicates] == [
        PLANTED,
        {"train/b/13.png", f"train/b/{ODD}"},
    ]
    assert report.crosses(report.duplicates[0]) == ["parts"]
    assert report.crosses(report.duplicates[1]) == []


def test_the_black_picture_is_among_the_least_usual_three(report):
    first = report.unusual[:3]
    assert "train/b/black.png" in names(report, [row for row, _ in first])


def test_size_and_mode_are_those_of_the_file(report):
    found = {p.path.name: (p.size, p.kind) for p in report.pictures}
    assert found["copy.jpg"] == ((120, 90), "JPEG RGB")
    assert found["print.jpg"] == ((160, 120), "JPEG CMYK")


def test_near_duplicates_chain_and_strangers_stay_alone():
    hashes = np.zeros((4, 64), bool)
    hashes[1, : facts.NEAR] = hashes[2, : 2 * facts.NEAR] = True
    hashes[3, 32:] = True
    assert facts.near_duplicates(hashes) == [[0, 1, 2]]


def test_many_rows_are_compared_across_pieces(monkeypatch):
    hashes = np.random.default_rng(0).random((30, 64)) < 0.5
    hashes[29] = hashes[3]
    monkeypatch.setattr(facts, "ROWS", 7)
    assert facts.near_duplicates(hashes) == [[3, 29]]


def test_the_least_usual_row_comes_with_the_feature_that_lies_farthest_out():
    features = np.random.default_rng(0).normal(100, 1, (60, len(facts.FEATURES)))
    features[7, 4] = 3
    assert facts.least_usual(features, 1) == [(7, "brightness 3 of 255")]


class Tags(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def test_the_page_asks_for_nothing_outside_and_every_picture_has_words(page):
    tags = Tags(page).tags
    pictures = [attributes for tag, attributes in tags if tag == "img"]
    assert len(pictures) == 24 + 4
    assert all(p["src"].startswith("data:image/jpeg;base64,") and p["alt"] for p in pictures)
    assert not {"script", "link", "iframe"} & {tag for tag, _ in tags}
    assert not any("href" in attributes for _, attributes in tags)
    assert "url(" not in page
    assert "@import" not in page


def test_the_page_says_what_was_found(page):
    for said in (
        "42 pictures, 1 broken, 2 groups",
        "2 pictures, across parts",
        "JPEG CMYK",
        "120 × 90",
        "notes.txt",
        "사진\n&lt;b&gt;.png",
    ):
        assert said in page
    assert "<b>.png" not in page


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_on_the_page_is_cut_off_at_a_screens_or_a_phones_width(
    width, tmp_path, browser, capsys
):
    for name in ("acoustic guitar", "Christmas stocking"):
        (tmp_path / "train" / name).mkdir(parents=True)
        scene(len(name)).save(tmp_path / "train" / name / "00001.JPEG")
    (tmp_path / "train" / f"{'long' * 30}.JPEG").write_text("no picture")
    assert check.main([str(tmp_path), "--out", str(tmp_path / "page.html")]) == 0
    tab = browser.new_page(viewport={"width": width, "height": 800})
    tab.goto((tmp_path / "page.html").as_uri())
    wide = "document.querySelectorAll('html, table, li, figcaption')"
    cut = f"[...{wide}].filter(e => e.scrollWidth > e.clientWidth).map(e => e.innerText)"
    assert tab.evaluate(cut) == []
    tab.close()


def test_the_page_names_a_broken_picture_within_the_folder(page, folder):
    assert "<li>train/a/cut.jpg: not a picture" in page
    assert str(folder) not in page


@pytest.mark.parametrize("make", ["nothing", "empty", "closed"])
def test_a_bad_folder_or_place_gets_a_sentence(make, folder, tmp_path, capsys):
    said = {
        "nothing": ("no such folder; give one", tmp_path / "nothing", tmp_path / "x.html"),
        "empty": ("none of its 0 files is a readable picture", tmp_path, tmp_path / "x.html"),
        "closed": ("name another place with --out", folder, tmp_path / "no" / "x.html"),
    }
    words, root, out = said[make]
    assert check.main([str(root), "--out", str(out)]) == 1
    assert words in (error := capsys.readouterr().err)
    assert error.count("\n") == 1


def test_the_page_lies_where_you_are_under_the_folders_name(folder, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    one = tmp_path / "one"
    one.mkdir()
    scene(1).save(one / "1.png")
    assert check.main(["one"]) == 0
    assert (tmp_path / "inspect-one.html").is_file()
    assert capsys.readouterr().out.endswith("/inspect-one.html\n")
