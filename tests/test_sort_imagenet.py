"""The sorter against a small devkit in the true formats, and every bad input it may meet."""

import errno
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import ilsvrc
import numpy as np
import pytest
from filelock import FileLock
from PIL import Image

from helpers.data import devkit, drawn, sort_imagenet
from helpers.data.drawn import ilsvrc as small

TRUTH = [3, 1, 4, 2, 2, 3, 1, 4, 4, 2, 3, 1]
SAMPLES = Path(os.environ.get("IMAGENET_SAMPLES", "../shared/imagenet-samples"))


@pytest.fixture
def given(tmp_path):
    """(source, devkit, out): fit to sort."""
    source = ilsvrc.flat(tmp_path / "flat", TRUTH)
    return source, ilsvrc.devkit(tmp_path, TRUTH), tmp_path / "val"


def sort(given, *options):
    return sort_imagenet.main([*map(str, given), *options])


def placed(out):
    return {f"{file.parent.name}/{file.name}" for file in out.rglob("*.JPEG")}


EXPECTED = {
    f"{ilsvrc.WNIDS[label - 1]}/{ilsvrc.name(number)}" for number, label in enumerate(TRUTH, 1)
}


def test_the_kit_gives_leaf_synsets_by_number_and_names_sorted_by_id(given):
    kit = devkit.read(given[1])
    assert kit.truth[:3] == ("n03888257", "n01440764", "n03028079")
    assert list(kit.words) == sorted(ilsvrc.WNIDS)
    assert kit.words["n01440764"] == ("tench", "Tinca tinca")
    assert devkit.read(given[1] / "data") == kit


def test_the_kit_is_read_as_torchvision_reads_it(given, tmp_path, monkeypatch):
    import torch
    from torchvision.datasets import imagenet

    archive = shutil.make_archive(str(tmp_path / "kit"), "gztar", tmp_path, given[1].name)
    monkeypatch.setattr(imagenet, "_verify_archive", lambda *a: None)
    imagenet.parse_devkit_archive(tmp_path, Path(archive).name)
    words, wnids = torch.load(tmp_path / "meta.bin", weights_only=True)
    kit = devkit.read(given[1])
    assert kit.truth == tuple(wnids)
    assert kit.words == words


@pytest.mark.parametrize("how", ["--copy", "--link"])
def test_each_picture_is_in_the_folder_of_its_class_and_the_source_stays(given, how, capsys):
    assert sort(given, how) == 0
    assert placed(given[2]) == EXPECTED
    assert len(list(given[0].iterdir())) == 12
    first = given[2] / "n03888257" / ilsvrc.name(1)
    assert first.read_bytes() == (given[0] / ilsvrc.name(1)).read_bytes()
    assert first.is_symlink() == (how == "--link")
    assert "12 pictures of 4 classes, 3 a class: 0 in place, 12 to sort" in capsys.readouterr().out


def test_a_dry_run_checks_and_counts_and_writes_nothing(given, capsys):
    before = sorted(given[0].parent.rglob("*"))
    assert sort(given, "--dry-run") == 0
    assert sorted(given[0].parent.rglob("*")) == before
    assert "12 to sort\nnothing was written" in capsys.readouterr().out


def test_a_second_run_writes_nothing_and_a_lost_picture_comes_back(given, capsys):
    sort(given)
    times = {file: file.stat().st_mtime_ns for file in given[2].rglob("*.JPEG")}
    lost = next(iter(times))
    lost.unlink()
    assert sort(given) == 0
    assert "11 in place, 1 to sort" in capsys.readouterr().out
    assert {file: file.stat().st_mtime_ns for file in given[2].rglob("*.JPEG")} == times


def test_links_and_copies_may_be_mixed(given, capsys):
    sort(given, "--link")
    assert sort(given, "--copy") == 0
    assert "12 in place, 0 to sort" in capsys.readouterr().out


def truth_of(given):
    return given[1] / "data" / devkit.TRUTH


def spoil_target(given):
    target = given[2] / "n03888257" / ilsvrc.name(1)
    target.parent.mkdir(parents=True)
    target.write_text("mine")


def stranger(given):
    (given[2] / "n01440764").mkdir(parents=True)
    shutil.copy(given[0] / ilsvrc.name(1), given[2] / "n01440764")


BAD = {
    "no source": (lambda g: shutil.rmtree(g[0]), "flat: cannot be listed"),
    "no table": (lambda g: (g[1] / "data/meta.mat").unlink(), "meta.mat: no such file; give"),
    "no truth": (lambda g: truth_of(g).unlink(), "ground_truth.txt: no such file; give"),
    "table cut": (
        lambda g: os.truncate(g[1] / "data/meta.mat", 300),
        "meta.mat: not the table of ILSVRC's synsets",
    ),
    "truth empty": (lambda g: truth_of(g).write_text(""), "no line in it"),
    "truth too long": (
        lambda g: truth_of(g).write_text("1\n" * 13),
        "has 13 lines and 1 of their pictures are missing, the first ILSVRC2012_val_00000013.JPEG",
    ),
    "truth too short": (
        lambda g: truth_of(g).write_text("1\n" * 11),
        "has 11 lines, the folder 12 files, and 'ILSVRC2012_val_00000012.JPEG' is none of them",
    ),
    "an inner synset": (lambda g: truth_of(g).write_text("1\n1001\n"), "line 2 is '1001'"),
    "number 0": (lambda g: truth_of(g).write_text("0\n"), "its 4 classes are 1 to 4"),
    "a word": (lambda g: truth_of(g).write_text("1\n하나\n"), "line 2 is"),
    "a picture is missing": (
        lambda g: (g[0] / ilsvrc.name(5)).unlink(),
        "1 of their pictures are missing, the first ILSVRC2012_val_00000005.JPEG",
    ),
    "two of one name": (
        lambda g: shutil.copy(g[0] / ilsvrc.name(5), g[0] / "ILSVRC2012_val_00000005.jpg"),
        "'ILSVRC2012_val_00000005.jpg' is none of them",
    ),
    "another name": (
        lambda g: (g[0] / ilsvrc.name(5)).rename(g[0] / "five\n.JPEG"),
        r"'five\n.JPEG' is none of them; wanted ILSVRC2012_val_00000001.JPEG to",
    ),
    "a target of other content": (spoil_target, "is there with other content than"),
    "a picture in another class": (stranger, "the ground truth does not put it into n01440764"),
    "out is a file": (lambda g: g[2].write_text(""), "val: a file; give a folder"),
}


@pytest.mark.parametrize(("spoil", "said"), BAD.values(), ids=BAD)
def test_a_bad_input_is_one_sentence_and_nothing_is_written(given, capsys, spoil, said):
    spoil(given)
    before = sorted(given[0].parent.rglob("*"))
    assert sort(given) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert sorted(given[0].parent.rglob("*")) == before


def test_too_small_a_disk_is_told_before_anything_is_copied(given, capsys, monkeypatch):
    usage = shutil.disk_usage(given[0])._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert sort(given) == 1
    assert "0.0 GB are free; free some space, or take --link" in capsys.readouterr().err
    assert not given[2].exists()
    assert sort(given, "--link") == 0


REFUSED = {
    errno.ENOSPC: "the disk is full; free some space; 5 pictures are sorted",
    errno.EACCES: "no permission; chmod u+rwx gives it, or choose another folder; 5 pictures",
    errno.EROFS: "this disk is read-only; choose another folder; 5 pictures",
}


@pytest.mark.parametrize(("number", "said"), REFUSED.items())
def test_a_disk_that_refuses_leaves_whole_pictures_and_the_command_goes_on(
    given, capsys, monkeypatch, number, said
):
    real, calls = shutil.copy2, []

    def refuse(picture, target):
        calls.append(picture)
        if len(calls) == 6:
            Path(target).write_bytes(b"half")
            raise OSError(number, os.strerror(number), str(target))
        real(picture, target)

    with monkeypatch.context() as full:
        full.setattr(shutil, "copy2", refuse)
        assert sort(given) == 1
    assert said in capsys.readouterr().err
    assert len(list(given[2].rglob("*ILSVRC*"))) == 5
    assert sort(given) == 0
    assert placed(given[2]) == EXPECTED


FULL = """
import resource, sys
from helpers.data import sort_imagenet

resource.setrlimit(resource.RLIMIT_FSIZE, (5_000, 5_000))
sys.exit(sort_imagenet.main(sys.argv[1:]))
"""


def test_a_file_that_the_disk_cannot_hold_is_left_out_whole_and_the_next_run_completes(given):
    large = given[0] / ilsvrc.name(7)
    with large.open("ab") as file:
        file.write(bytes(20_000))
    done = subprocess.run([sys.executable, "-c", FULL, *given], capture_output=True, text=True)
    assert done.returncode == 1
    assert (
        "too large a file for this disk or for ulimit -f; choose another folder; 6 pictures"
        in done.stderr
    )
    assert len(list(given[2].rglob("*ILSVRC*"))) == 6
    assert sort(given) == 0
    assert placed(given[2]) == EXPECTED


def test_a_folder_that_may_not_be_written_is_one_sentence_and_the_next_run_completes(
    open_folder, an_ordinary_user, capsys
):
    source = ilsvrc.flat(open_folder / "flat", TRUTH)
    given = source, ilsvrc.devkit(open_folder, TRUTH), open_folder / "out" / "val"
    given[2].parent.mkdir(mode=0o755)
    before = sorted(open_folder.rglob("*"))
    with an_ordinary_user():
        assert sort(given) == 1
    error = capsys.readouterr().err
    assert "no permission; chmod u+rwx gives it, or choose another folder" in error
    assert error.count("\n") == 1
    assert sorted(open_folder.rglob("*")) == before
    given[2].parent.chmod(0o777)
    with an_ordinary_user():
        assert sort(given) == 0
    assert placed(given[2]) == EXPECTED


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from helpers.data import sort_imagenet

real, calls = shutil.copy2, []

def killed(picture, target):
    calls.append(picture)
    if len(calls) == 6:
        Path(target).write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    real(picture, target)

shutil.copy2 = killed
sort_imagenet.main(sys.argv[1:])
"""


def test_after_a_kill_in_the_middle_the_same_command_goes_on(given, capsys):
    done = subprocess.run([sys.executable, "-c", KILLED, *given], capture_output=True)
    assert done.returncode == -signal.SIGKILL
    assert len(placed(given[2])) == 5
    assert len(list(given[2].rglob(".*.part"))) == 1
    assert sort(given) == 0
    assert "5 in place, 7 to sort" in capsys.readouterr().out
    assert placed(given[2]) == EXPECTED
    assert not list(given[2].rglob(".*"))


def test_two_at_once_do_not_sort_into_one_folder(given, capsys):
    with FileLock(f"{given[2]}.lock"):
        assert sort(given) == 1
    assert "another process sorts into it" in capsys.readouterr().err


def test_a_key_that_stops_it_gets_a_sentence(given, capsys, monkeypatch):
    def stop(*moves):
        raise KeyboardInterrupt

    monkeypatch.setattr(sort_imagenet, "sort", stop)
    assert sort(given) == 130
    assert "the same command goes on" in capsys.readouterr().err


def test_a_closed_parent_folder_is_one_sentence(given, capsys, monkeypatch):
    def refuse(path, *rest, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert sort(given) == 1
    assert f"{given[2].parent}: no permission; chmod u+rwx gives it" in capsys.readouterr().err


def test_paths_in_korean_and_with_a_newline_are_paths(tmp_path):
    odd = tmp_path / "사진\n폴더"
    source = ilsvrc.flat(odd / "원본", TRUTH)
    assert sort((source, ilsvrc.devkit(odd, TRUTH), odd / "분류")) == 0
    assert placed(odd / "분류") == EXPECTED


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no folder of ImageNet's photographs here")
def test_a_hundred_photographs_go_to_the_class_that_their_name_says(tmp_path):
    photographs = sorted(SAMPLES.resolve().glob("n*_*.JPEG"))
    source = tmp_path / "flat"
    source.mkdir()
    for number, file in enumerate(photographs, start=1):
        (source / ilsvrc.name(number)).symlink_to(file)
    wnids = [file.name[:9] for file in reversed(photographs)]  # ids run against the names
    words = [file.stem[10:].replace("_", " ") for file in reversed(photographs)]
    kit = ilsvrc.devkit(tmp_path, list(range(len(wnids), 0, -1)), wnids, words)
    assert sort((source, kit, tmp_path / "val"), "--link") == 0
    found = {file.resolve(): file.parent.name for file in (tmp_path / "val").rglob("*.JPEG")}
    assert found == {file: file.name[:9] for file in photographs}


def test_drawn_pictures_go_to_the_classes_that_they_show(tmp_path):
    flat, kit = small.write(tmp_path, 1)
    assert sort((flat, kit, tmp_path / "val")) == 0
    for label, wnid in enumerate(drawn.WNIDS):
        (file,) = (tmp_path / "val" / wnid).iterdir()
        number = int(file.stem[-8:])
        shown = drawn.draw(label, np.random.default_rng([0, number])).image
        assert np.abs(np.asarray(Image.open(file), int) - shown).mean() < 10
