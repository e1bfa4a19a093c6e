"""Committed chapters still run, quickly, and print their claims again."""

import os
import subprocess
import sys

import pytest

from tools import notebooks
from tools.project import ROOT

CHAPTERS = [path.with_suffix(".ipynb") for path in notebooks.chapters()]


@pytest.mark.slow
@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_runs_in_the_tiny_profile_and_its_claims_reproduce(path):
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", ROOT, path]
    command += ["-p", "no:cacheprovider", "--nbval-lax", "--nbval-current-env"]
    environment = {k: v for k, v in os.environ.items() if k != "JUPYTER_PATH"}
    environment |= {"COURSE_PROFILE": "tiny", "JUPYTER_PREFER_ENV_PATH": "1"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
