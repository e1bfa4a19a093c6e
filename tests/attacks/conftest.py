"""What the attacks share: a folder in the course's place, and kernels in sandboxes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.judge.sandbox import Limits
from helpers.judge.session import Session


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    (folder / "greeting.py").write_text("WORD = 'hello'\n")
    return folder


@pytest.fixture(scope="session")
def host_secret(tmp_path_factory) -> Path:
    """A file of the host: a neighbour's work."""
    path = tmp_path_factory.mktemp("host") / "neighbour.ipynb"
    path.write_text("secret")
    return path


@pytest.fixture(scope="module")
def shared(library) -> Session:
    """One kernel for all that leaves it alive."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOST_WORD", "secret")
        with Session(library=library) as session:
            yield session


@pytest.fixture
def fresh(library) -> Callable[..., Session]:
    """Starts a kernel of its own, with the limits given."""
    return lambda **limits: Session(Limits(**limits), library=library)


@pytest.fixture(scope="session")
def said() -> Callable[[Session, str], str]:
    """Runs a cell; all that it printed or raised, as text."""

    def run(session: Session, code: str) -> str:
        texts = []
        for output in session.execute(code):
            texts.append(output.get("text", ""))
            texts.append(output.get("data", {}).get("text/plain", ""))
            texts.append(f"{output.get('ename', '')}: {output.get('evalue', '')}")
        return "\n".join(texts)

    return run
