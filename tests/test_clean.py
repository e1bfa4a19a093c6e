"""Nothing that a student wrote runs on nbgrader's pages, in a terminal or in a spreadsheet."""

import base64
import os
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import markdown2html_mistune
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

from helpers.judge import clean
from helpers.judge.mend import mend
from tools.project import ROOT

RELEASE = nbformat.read(ROOT / "exercises/ps3/ps3.ipynb", as_version=4)
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0").decode()
RUN = "window.hit=1"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="{RUN}"><script>{RUN}</script></svg>'
TEXTS = [
    f"<script>{RUN}</script>",
    f'a <img src="x" onerror="{RUN}"> b',
    f"<details open ontoggle={RUN}>x</details>",
    f"<iframe srcdoc='<script>parent.hit=1</script>'></iframe>\n\n{SVG}",
    f"# <img src=x onerror={RUN}>\n\n- <!-- --><script>{RUN}</script>\n\n| <b>a</b> |\n|---|\n",
    f"```mermaid\n</pre><img src=x onerror={RUN}>\n```",
    f"$$<img src=x onerror={RUN}>$$ $\\href{{javascript:{RUN}}}{{x}}$ \\style",
    f"[a](javascript:{RUN}) [b](java&#115;cript&colon;{RUN}) [c](data:text/html,<script>) [d][e]",
    f"[e]: javascript:{RUN}\n\n<javascript:{RUN}>\n\n[f] [e] [e]\n\n> [g]:\n> vbscript:x",
    "![p](https://example.org/p.png) ![q](attachment:none.png) ![r][s]\n\n[s]: //example.org/s.png",
    f"&lt;script&gt;{RUN}&lt;/script&gt; <https://example.org/> \u202e\x1b[31m",
]
OUTPUTS = [
    new_output("display_data", {"text/html": f"<script>{RUN}</script>", "text/plain": "plain"}),
    new_output("display_data", {"image/svg+xml": SVG}),
    new_output("display_data", {"application/javascript": RUN}),
    new_output("display_data", {"text/markdown": f"<img src=x onerror={RUN}>"}),
    new_output("display_data", {"text/latex": f"$\\href{{javascript:{RUN}}}{{x}}$"}),
    new_output("display_data", {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}}),
    new_output("display_data", {"image/png": f'"><script>{RUN}</script>'}),
    new_output(
        "execute_result",
        {"text/plain": f"<script>{RUN}</script>", "image/png": PIXEL},
        metadata={"image/png": {"width": f"1 onload={RUN}"}},
    ),
    new_output("stream", name="stdout", text=f"</pre><script>{RUN}</script>\x1b[31mred"),
    new_output("error", ename="<b>E", evalue=SVG, traceback=[f"\x1b[0;31m{SVG}"]),
]
CODE = f"%%html\n</pre><script>{RUN}</script> # </script>"


def hostile() -> nbformat.NotebookNode:
    """The release with every attack in a cell of its own, and in the written answer."""
    notebook = nbformat.from_dict(RELEASE)
    notebook.cells += [new_markdown_cell(text) for text in TEXTS]
    notebook.cells += [new_code_cell(CODE, outputs=OUTPUTS)]
    written = next(cell for cell in notebook.cells if cell.id == "ps3-written")
    written.source = "\n\n".join(TEXTS)
    return notebook


def harmless() -> nbformat.NotebookNode:
    notebook = mend(nbformat.writes(hostile()).encode(), RELEASE).notebook
    notebook.cells[-1].outputs = clean.clean_outputs(OUTPUTS)
    return notebook


def page(template: str, notebook, path: Path) -> Path:
    """The page that nbgrader makes with one of its templates, without a policy of its own."""
    config = Config()
    config.HTMLExporter.template_name = template
    config.HTMLExporter.extra_template_basedirs = [str(clean.NBGRADERS)]
    styles = clean.NBGRADERS.parent / "static/node_modules/bootstrap/dist/css"
    config.HTMLExporter.extra_template_paths = [str(styles)]
    for cell in notebook.cells:
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader |= {"score": 0, "comment": None}
    numbers = {"score": 0, "max_score": 1, "late_penalty": 0, "notebook": "ps3"}
    shown = {"index": 0, "total": 1, "base_url": "", "notebook_id": "ps3", "nbgrader": numbers}
    html, _ = HTMLExporter(config=config).from_notebook_node(notebook, resources=shown)
    path.write_text(html)
    return path


@pytest.fixture(scope="module")
def feedback(tmp_path_factory) -> Path:
    """The page of `nbgrader generate_feedback` on the mended notebook with clean outputs."""
    folder = tmp_path_factory.mktemp("course")
    config = Config()
    config.CourseDirectory.root = str(folder)
    config.NbGraderAPI.log_level = "CRITICAL"
    steps = autograde.Autograde.class_traits()["autograde_preprocessors"].default()
    config.Autograde.autograde_preprocessors = [s for s in steps if s.__name__ != "Execute"]
    clean.harmless_pages(config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
        course = CourseDirectory(config=config)
        api = NbGraderAPI(course, config=config)
        for name in ("source", "submitted/ann"):
            (folder / name / "ps3").mkdir(parents=True)
        (folder / "source/ps3/ps3.ipynb").write_bytes(
            (ROOT / "solutions/ps3/ps3.ipynb").read_bytes()
        )
        nbformat.write(harmless(), folder / "submitted/ann/ps3/ps3.ipynb")
        assert api.generate_assignment("ps3")["success"]
        assert api.autograde("ps3", "ann")["success"]
        with Gradebook(course.db_url) as book:
            comment = book.find_comment("ps3-written", "ps3", "ps3", "ann")
            comment.manual_comment = clean.clean_markdown("\n\n".join(TEXTS))
            book.db.commit()
        nbformat.write(harmless_autograded(folder), folder / "autograded/ann/ps3/ps3.ipynb")
        result = api.generate_feedback("ps3", "ann")
        assert result["success"], result["log"]
    return folder / "feedback/ann/ps3/ps3.html"


def harmless_autograded(folder: Path) -> nbformat.NotebookNode:
    notebook = nbformat.read(folder / "autograded/ann/ps3/ps3.ipynb", as_version=4)
    notebook.cells[-1].outputs = clean.clean_outputs(OUTPUTS)
    return notebook


def seen(browser, path: Path) -> dict:
    """What a browser without a network makes of a page: scripts that ran, links, requests."""
    tab = browser.new_page()
    asked = []
    tab.on("request", lambda request: asked.append(request))
    tab.goto(path.as_uri(), wait_until="load")
    tab.wait_for_timeout(200)
    found = {
        "hit": tab.evaluate("window.hit"),
        "schemes": set(tab.evaluate("[...document.links].map(a => a.protocol)")),
        "asked": [r.url for r in asked if r.failure != "csp"][1:],
        "tags": tab.evaluate("document.querySelectorAll('iframe, svg, details').length"),
        "pictures": tab.evaluate("document.images.length"),
        "text": tab.inner_text("body"),
    }
    tab.close()
    return found


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning", "ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_page_of_feedback_runs_nothing_and_loads_nothing(browser, feedback):
    found = seen(browser, feedback)
    assert found["hit"] is None
    assert found["asked"] == []
    assert found["schemes"] <= {"file:", "http:", "https:"}
    assert (found["tags"], found["pictures"]) == (0, 1)
    assert "plain" in found["text"]
    assert "ps3-lrn-check" in found["text"]


@pytest.mark.slow
@pytest.mark.parametrize("template", ["feedback", "formgrade"])
def test_clean_cells_are_harmless_without_the_page_s_own_policy(browser, template, tmp_path):
    found = seen(browser, page(template, harmless(), tmp_path / "page.html"))
    assert found["hit"] is None
    assert found["schemes"] <= {"file:", "http:", "https:"}
    assert not [url for url in found["asked"] if "example.org" in url]
    assert (found["tags"], found["pictures"]) == (0, 1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Your element with mimetype")
def test_the_same_notebook_uncleaned_does_run_and_load(browser, tmp_path):
    notebook = hostile()
    for cell in notebook.cells:
        cell.source = cell.source.replace("attachment:none.png", "none.png")
    found = seen(browser, page("feedback", notebook, tmp_path / "page.html"))
    assert found["hit"] == 1
    assert "javascript:" in found["schemes"]
    assert [url for url in found["asked"] if "example.org" in url]


@pytest.mark.parametrize("text", TEXTS)
def test_cleaning_markdown_twice_is_cleaning_it_once(text):
    once = clean.clean_markdown(text)
    assert clean.clean_markdown(once) == once


PIECES = [
    *"<>/[]()!:\\`$*#|a@=\"' \n\t\r\0\u202e\u2028", "script", "img ", "src=x ", f"onerror={RUN} ",
    "javascript:", "data:", "&#58;", "&lt;", "```", "~~~", "|-|-|\n", "- ", "> ", "mermaid", "<!--",
    "-->", "https://a.b", "\x1b]", "1. ", "attachment:a", "[x](javascript:a)", "![x](a)",
    "[x]: a\n", "[x]:javascript:a\n", "<img src=x onerror=a>", "<https:a>",
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_no_renderer_makes_of_clean_markdown_what_runs_or_loads(text):
    once = clean.clean_markdown(text)
    page = BeautifulSoup(markdown2html_mistune(once), "html.parser")
    assert not page.find_all(["script", "img", "iframe", "svg", "object", "style", "link"])
    for tag in page.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
        assert tag.get("href", "#").startswith(("#", "http://", "https://"))
    assert clean.clean_markdown(once) == once


def test_formulas_code_and_comparisons_stay_readable():
    text = "**ln 10**: $-\\ln \\frac{1}{10}$, `x[0]`, 2 < 3, a<b\n\n| a |\n|---|\n| 1 |\n"
    assert clean.clean_markdown(text) == text.replace("a<b", "a< b")


def test_long_texts_are_cut_and_say_so():
    assert clean.clean_markdown("a" * 30_000).endswith(clean.CUT)
    assert len(clean.clean_text("a" * 3_000)) == 1_000
    (output,) = clean.clean_outputs([new_output("stream", name="stdout", text="a" * 20_000)])
    assert len(output.text) == 10_000


def test_many_outputs_and_large_pictures_are_cut():
    lines = [new_output("stream", name="stdout", text="a")] * 60
    assert len(clean.clean_outputs(lines)) == 51
    heavy = base64.b64encode(base64.b64decode(PIXEL) + bytes(4_000_000)).decode()
    pictures = [new_output("display_data", {"image/png": heavy})] * 2
    assert [o.output_type for o in clean.clean_outputs(pictures)] == ["stream"]
    wide = base64.b64encode(base64.b64decode(PIXEL).replace(b"\0\0\0\1" * 2, b"\0\1\0\0" * 2))
    assert clean.clean_outputs([new_output("display_data", {"image/png": wide.decode()})]) == []


def test_only_text_and_pictures_pass_and_nothing_counts_as_a_result():
    kept = clean.clean_outputs(OUTPUTS)
    assert {o.output_type for o in kept} == {"display_data", "stream", "error"}
    forms = [set(o.data) for o in kept if "data" in o]
    assert forms == [{"text/plain"}, {"text/plain", "image/png"}]
    assert all(not o.metadata for o in kept if "data" in o)
    assert kept[-1].traceback == [SVG]


@pytest.mark.parametrize(
    ("output", "kept"),
    [
        ({}, []),
        ({"output_type": "stream"}, ["stream"]),
        ({"output_type": "error"}, ["error"]),
        ({"output_type": "display_data", "data": [1]}, []),
    ],
)
def test_an_output_of_any_form_is_taken_or_left_out(output, kept):
    found = clean.clean_outputs([nbformat.from_dict(output)])
    cell = nbformat.v4.new_code_cell("", outputs=found)
    nbformat.validate(nbformat.v4.new_notebook(cells=[cell]))
    assert [output.output_type for output in found] == kept


def test_of_a_progress_bar_the_last_state_stays():
    text = "start\n\r 10%|#   |\r 99%|####|\r100%|####|\r\nend"
    (output,) = clean.clean_outputs([new_output("stream", name="stderr", text=text)])
    assert output.text == "start\n100%|####|\nend"


def test_no_control_character_reaches_the_terminal():
    text = "a\x1b[2J\x1b]0;title\x07b\x9b31m\r\n\u202egnp\u2066\x00\x7f 한\u200b글 \ud800"
    assert clean.clean_text(text) == "ab31m gnp 한글"


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\uff1d1"])
def test_a_spreadsheet_calculates_nothing(value):
    assert clean.safe_cell(value) == "'" + value


def test_other_cells_stay_as_they_are():
    assert [clean.safe_cell(v) for v in ("ann", "4.0", "", "a=b")] == ["ann", "4.0", "", "a=b"]
