"""The planted faults are where the list says, and the rest of the pictures is clean."""

from pathlib import Path

import numpy as np
import pytest

from helpers.data import drawn, folder
from helpers.data import inspect as check
from helpers.data.drawn import faults

PER_CLASS = 10


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("faults") / "pictures"


@pytest.fixture(scope="module")
def planted(root):
    return faults.write(root, PER_CLASS)


@pytest.fixture(scope="module")
def report(root, planted):
    return check.inspect(root)


def files(root):
    return sorted(path.relative_to(root) for path in root.rglob("*.JPEG"))


def test_no_picture_has_two_faults(planted):
    listed = [*planted.mislabelled, *planted.copies, *planted.damaged, *planted.recoded]
    listed += [*planted.marked, *planted.copies.values()]
    assert len(listed) == len(set(listed))
    assert all([planted.mislabelled, planted.copies, planted.damaged, planted.marked])
    assert set(planted.recoded.values()) == set(faults.KINDS)


def test_a_wrong_label_is_in_train_and_never_the_true_one(root, planted, tmp_path):
    assert all((root / file).is_file() for file in planted.mislabelled)
    file = Path("train", "envelope", "0.JPEG")
    for name in drawn.CLASSES:
        (tmp_path / "train" / name).mkdir(parents=True)
    for seed in range(40):
        (tmp_path / file).touch()
        assert faults._move(tmp_path, file, np.random.default_rng(seed)) != file


def test_each_class_has_its_number_and_one_has_half(root, planted):
    moved = {*planted.mislabelled, *planted.copies}
    kept = [file.parts[:2] for file in files(root) if file not in moved]
    kept += [("train", truth) for truth in planted.mislabelled.values()]
    for name in drawn.CLASSES:
        train = PER_CLASS // 2 if name == faults.SCARCE else PER_CLASS
        assert [kept.count((part, name)) for part in ("train", "val", "test")] == [train, 1, 3]


def test_the_data_check_finds_each_copy_each_damage_and_each_format(root, planted, report):
    found = [{report.pictures[row].path.relative_to(root) for row in g} for g in report.duplicates]
    assert all({file, original} in found for file, original in planted.copies.items())
    assert len(report.broken) == len(planted.damaged)
    assert all(any(str(root / file) in said for said in report.broken) for file in planted.damaged)
    odd = {p.path.relative_to(root): p.kind for p in report.pictures if p.kind != "JPEG RGB"}
    assert odd == planted.recoded


def test_the_mark_is_on_each_listed_picture_and_survives_a_square_crop(root, planted):
    def corner(file):
        pixels = folder.decode([root / file], 64)["pixels"]
        return pixels[0, -6:-3, 3:6].reshape(-1, 3).mean(0)

    assert set(planted.marked) == {f for f in files(root) if f.parts[1] == faults.MARKED} - set(
        planted.mislabelled
    )
    orange = np.array((255, 165, 0))
    assert all(np.abs(corner(file) - orange).max() < 40 for file in planted.marked)


def test_the_same_seed_gives_the_same_folder_and_another_gives_others(root, planted, tmp_path):
    again, other = tmp_path / "again", tmp_path / "other"
    assert faults.write(again, faults.FEWEST) == faults.write(tmp_path / "same", faults.FEWEST)
    assert faults.write(other, faults.FEWEST, seed=1) != planted
    first = files(again)[0]
    assert (again / first).read_bytes() == (tmp_path / "same" / first).read_bytes()


def test_too_few_pictures_are_refused_and_a_folder_that_is_there_is_left_alone(root, planted):
    with pytest.raises(ValueError, match="need 4 or more pictures a class, got 3"):
        faults.write(root / "new", 3)
    with pytest.raises(FileExistsError):
        faults.write(root, PER_CLASS)
