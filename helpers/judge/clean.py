"""What a student wrote, made harmless for a page, a terminal and a table.

nbgrader's pages show Markdown, HTML, SVG, JavaScript and widgets as they are. Here only plain text
and PNG pictures pass, and Markdown without tags, links and pictures. A page of feedback moreover
forbids itself every script and every request (`harmless_pages`).
"""

import base64
import binascii
import re
from itertools import accumulate
from pathlib import Path

import nbgrader
from nbformat import NotebookNode
from nbformat.v4 import new_output
from traitlets.config import Config

MOST_OUTPUTS = 50  # of one cell
MOST_TEXT = 10_000  # characters of one output
MOST_BYTES = 4 * 2**20  # of one cell's outputs
MOST_PIXELS = 20_000_000  # of one picture
MOST_MARKDOWN = 20_000  # characters of one cell
MOST_LINE = 1_000  # characters for a terminal
CUT = " ... (cut)"

TEMPLATES = Path(__file__).parent / "templates"
NBGRADERS = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
PNG = b"\x89PNG\r\n\x1a\n"
ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[ -/]*[0-~])")
TAG = re.compile(r"<(?=[A-Za-z/!?])")
BRACKET = re.compile(r"\](?=[(:\[])")
TEX = re.compile(r"\\(?=(?:href|url|style|class|cssId|require|unicode|data|html|mmlToken|bbox))")
FORMULA = re.compile("[=+@\t\r\n\N{FULLWIDTH EQUALS SIGN}\N{FULLWIDTH PLUS SIGN}"
                     "\N{FULLWIDTH COMMERCIAL AT}\N{FULLWIDTH HYPHEN-MINUS}-]")  # fmt: skip


def clean_text(text: str) -> str:
    """One line for a terminal: no control or invisible characters, at most 1,000 letters."""
    return bounded(" ".join(visible(text).split()), MOST_LINE)


def safe_cell(value: str) -> str:
    """A table's cell that no spreadsheet takes for a formula: it then begins with an apostrophe."""
    return f"'{value}" if FORMULA.match(value) else value


def clean_markdown(source: str) -> str:
    """Markdown of which no renderer makes a tag, a picture, or a link other than a bare https one.

    Formulas, tables, lists and code stay. A space goes after each `<` that could begin a tag, after
    the bracket of each link, and into the TeX commands that write HTML. At most 20,000 letters.
    """
    source = TAG.sub("< ", visible(source))
    source = BRACKET.sub("] ", source)
    return bounded(TEX.sub(r"\\ ", source), MOST_MARKDOWN)


def clean_outputs(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """A cell's outputs: streams, error text, text/plain and PNG pictures only, all bounded."""
    clean = [kept for output in outputs[:MOST_OUTPUTS] if (kept := clean_output(output))]
    sizes = accumulate(len(str(output)) for output in clean)
    fitting = [output for output, size in zip(clean, sizes, strict=True) if size <= MOST_BYTES]
    if len(fitting) < len(clean) or len(outputs) > MOST_OUTPUTS:
        fitting.append(new_output("stream", name="stdout", text=CUT))
    return fitting


def clean_output(output: NotebookNode) -> NotebookNode | None:
    """One output; None where nothing of it may be shown."""
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=shown(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        trace = shown("\n".join(map(str, lines if isinstance(lines, list) else [])))
        name, value = (clean_text(str(output.get(key, ""))) for key in ("ename", "evalue"))
        return new_output("error", ename=name, evalue=value, traceback=trace.split("\n"))
    data = output.get("data")
    data = clean_data(data) if isinstance(data, dict) else {}
    return new_output("display_data", data=data) if data else None


def clean_data(data: dict) -> dict[str, str]:
    """The forms of an output that are shown: text/plain and image/png."""
    kept = {}
    if "text/plain" in data:
        kept["text/plain"] = shown(data["text/plain"])
    if picture := png(data.get("image/png")):
        kept["image/png"] = picture
    return kept


def png(text: object) -> str | None:
    """The picture in base64; None where it is none or too large."""
    try:
        picture = base64.b64decode("".join(str(text).split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    if picture[:8] != PNG or picture[12:16] != b"IHDR" or width * height > MOST_PIXELS:
        return None
    return base64.b64encode(picture).decode()


def shown(text: object) -> str:
    """An output's text as a terminal leaves it: of a progress bar the last state."""
    text = "".join(map(str, text)) if isinstance(text, list) else str(text)
    lines = text.replace("\r\n", "\n").split("\n")
    last = "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)
    return bounded(visible(last), MOST_TEXT)


def visible(text: str) -> str:
    """Without terminal codes and the characters that hide or turn others; unusual spaces as ' '."""
    text = ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")
    keep = (c if c.isprintable() or c in "\n\t" else " " * c.isspace() for c in text)
    return "".join(keep)


def bounded(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - len(CUT)] + CUT


def harmless_pages(config: Config) -> None:
    """Let feedback pages run no script and load nothing; formulas then stand as they are typed."""
    config.HTMLExporter.extra_template_basedirs = [str(TEMPLATES), str(NBGRADERS)]
