"""The workflows are valid, safe, and do what everyone can do: they call make."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def read(name: str) -> dict:
    return yaml.safe_load((ROOT / ".github" / "workflows" / f"{name}.yml").read_text())


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


def lines_run(workflow: dict) -> list[str]:
    return [line for step in steps(workflow) for line in step.get("run", "").splitlines()]


def test_workflows_follow_githubs_schema():
    command = [BIN / "check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_zizmor_finds_nothing_unsafe():
    command = [BIN / "zizmor", "--offline", "--persona", "pedantic", *WORKFLOWS]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_run_nothing_but_make(path):
    found = lines_run(yaml.safe_load(path.read_text()))
    assert found
    assert [line for line in found if not line.startswith("make ")] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_every_job_has_a_time_limit_and_its_own_permissions(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert {"timeout-minutes", "permissions"} <= set(job)


def test_the_gpu_workflow_runs_every_chapter_long_on_photographs_and_keeps_what_came():
    workflow = read("gpu")
    assert lines_run(workflow) == ["make book RUN=all DEVICE=cuda PROFILE=full DATASET=imagenette"]
    assert "gpu" in workflow["jobs"]["chapters"]["runs-on"]
    kept = steps(workflow)[-1]
    assert kept["if"] == "always()"
    assert "_build/run" in kept["with"]["path"].split()


def test_no_pull_request_starts_a_job_on_a_machine_that_is_kept():
    for path in WORKFLOWS:
        workflow = yaml.safe_load(path.read_text())
        starts = workflow[True]  # YAML 1.1 reads the key `on` as true
        for job in workflow["jobs"].values():
            assert not ("self-hosted" in job["runs-on"] and "pull_request" in starts)


def test_ci_runs_what_dot_ci_run_gives_everyone():
    script = (ROOT / ".ci" / "run").read_text().splitlines()
    assert lines_run(read("ci")) == [
        line.removeprefix("step ") for line in script if line.startswith("step make ")
    ]
