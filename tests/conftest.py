"""What several tests need."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


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
