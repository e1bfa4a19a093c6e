"""Pages are complete without a network, on a wide screen and on a phone."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tools.project import ROOT

pytestmark = pytest.mark.slow

WIDTHS = [1280, 390]
FAULTS = ["requests", "errors", "undrawn formulas", "broken pictures", "pixels too wide"]
FAULTY = """<!doctype html><script>
window.MathJax = {startup: {promise: Promise.resolve()}}; console.error("oh")</script>
<main><article><div style="width: 3000px; height: 9px"></div><span class="math">x</span>
<img src="https://example.org/a.png"><img src="none.png"></article></main>"""
UNDRAWN = "[...document.querySelectorAll('.math')].filter(m => !m.querySelector('mjx-container'))"
BROKEN = "[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"
ALTS = "[...document.querySelectorAll('article img')].map(i => i.alt)"
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def build(source: Path, out: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "tools.pages", "--source", source, "--out", out]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, str]:
    """The committed book's html folder, and what the build printed."""
    out = tmp_path_factory.mktemp("pages")
    done = build(ROOT / "book", out)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return out / "_build" / "html", done.stdout


@pytest.fixture(scope="module", params=WIDTHS)
def seen(request, browser, built) -> dict[str, dict]:
    """What a browser without a network found on each page, by the page's name."""
    context = browser.new_context(viewport={"width": request.param, "height": 900})
    context.set_offline(True)
    pages = sorted(built[0].glob("*.html"))
    found = {path.name: look(context.new_page(), path) for path in pages}
    context.close()
    return found


def look(page: Page, path: Path) -> dict:
    """Open a page, wait until MathJax has drawn, and note what a reader would miss."""
    requests, said = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: said.append((message.type, message.text)))
    page.on("pageerror", lambda error: said.append(("error", str(error))))
    page.goto(path.as_uri(), wait_until="load")
    if page.query_selector(".math"):
        page.wait_for_function("window.MathJax && MathJax.startup && MathJax.startup.promise")
        page.evaluate("() => MathJax.startup.promise.then(() => null)")
    found = {
        "requests": [url for url in requests if not url.startswith(("file:", "data:", "blob:"))],
        "errors": [text for kind, text in said if kind == "error"],
        "undrawn formulas": page.evaluate(f"{UNDRAWN}.map(m => m.textContent)"),
        "broken pictures": page.evaluate(BROKEN),
        "pixels too wide": page.evaluate(WIDER),
        "alts": page.evaluate(ALTS),
        "formulas": page.evaluate("document.querySelectorAll('mjx-container').length"),
    }
    page.close()
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_no_page_has(seen, fault):
    assert {name: found[fault] for name, found in seen.items() if found[fault]} == {}


def test_a_page_with_every_fault_is_seen_through(browser, tmp_path):
    (tmp_path / "index.html").write_text(FAULTY)
    found = look(browser.new_page(), tmp_path / "index.html")
    assert [fault for fault in FAULTS if not found[fault]] == []


def test_every_picture_says_what_it_shows(seen):
    alts = [(name, alt) for name, found in seen.items() for alt in found["alts"]]
    assert [(name, alt) for name, alt in alts if len(alt.split()) < 3 or ".png" in alt] == []


def test_every_chapter_is_a_page_and_formulas_were_there_to_draw(seen):
    chapters = {f"{path.stem}.html" for path in (ROOT / "book").glob("[0-9]*.md")}
    assert chapters | {"index.html"} <= set(seen)
    assert not chapters or any(seen[name]["formulas"] for name in chapters)


def test_no_page_names_an_address_to_load_from(built):
    loads = re.compile(r"<(?:script|img|iframe|source)[^>]+src=\"(https?:|//)[^\"]*")
    sheets = re.compile(r"<link[^>]+rel=\"(?:stylesheet|preload|preconnect)\"[^>]+href=\"https?:")
    for path in built[0].glob("*.html"):
        text = path.read_text("utf-8")
        assert not loads.search(text), path.name
        assert not sheets.search(text), path.name


def test_every_chapter_has_a_colab_button_to_its_notebook(built):
    for source in (ROOT / "book").glob("[0-9]*.md"):
        text = (built[0] / f"{source.stem}.html").read_text("utf-8")
        assert "colab.research.google.com/github/" in text
        assert f"/book/{source.stem}.ipynb" in text


def test_the_address_stands_last(built):
    assert built[1].splitlines()[-1] == (built[0] / "index.html").as_uri()


@pytest.fixture
def small_book(tmp_path) -> Path:
    """A book with an index and no chapter."""
    book = tmp_path / "book"
    shutil.copytree(ROOT / "book" / "assets", book / "assets")
    (book / "references.bib").touch()
    toc = 'format: jb-book\nroot: index\nchapters:\n  - glob: "[0-9][0-9]_*"\n'
    (book / "_toc.yml").write_text(toc)
    (book / "index.md").write_text("# A book\n\nHello.\n")
    return book


def test_a_book_without_a_chapter_is_built(small_book, tmp_path):
    assert build(small_book, tmp_path).returncode == 0


def test_a_warning_fails_the_build_and_fails_it_again(small_book, tmp_path):
    with (small_book / "_toc.yml").open("a") as toc:
        toc.write("  - file: other\n")
    (small_book / "other.md").write_text("# Another page\n\n{doc}`nowhere`\n")
    for _ in range(2):
        done = build(small_book, tmp_path)
        assert done.returncode == 1
        assert done.stderr.strip().splitlines()[-1].startswith("the pages were not built")


def test_another_address_of_the_repository_reaches_the_buttons(small_book, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_REPOSITORY", "https://github.com/else/where")
    assert build(small_book, tmp_path).returncode == 0
    assert "github.com/else/where" in (tmp_path / "_build" / "html" / "index.html").read_text()
