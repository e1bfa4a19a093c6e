"""What several tests need."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Error, sync_playwright

ROOT = Path(__file__).parent.parent
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = ["--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND"]


@pytest.fixture
def working_copy(tmp_path) -> Path:
    """The repository's files, committed or not, in a folder of their own; nothing ignored."""
    listed = ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout
    copy = tmp_path / "working-copy"
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file():  # a deleted file is listed until it is committed
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    return copy


@pytest.fixture
def an_ordinary_user() -> Callable[[], AbstractContextManager]:
    """`with an_ordinary_user():` root may read and write everything, so it steps down."""

    @contextmanager
    def stepped_down() -> Iterator[None]:
        was = os.geteuid()
        if was == 0:
            os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(was)

    return stepped_down


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A system Chromium, else Playwright's own; without one, skip, and under CI=true fail."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=path, args=FLAGS + sandbox)
        except Error as error:
            say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            say(f"no browser to look at the pages with; install chromium ({error.message[:80]!r})")
        yield found
        found.close()
