"""The packaged members are whole, small, and as good as recorded."""

import math

import pytest

from helpers import data, train, weights

PACKAGED = weights.packaged()


def test_one_member_of_each_family_is_packaged():
    assert {"alexnet", "googlenet", "resnet18", "vgg11_bn"} <= set(PACKAGED)


@pytest.mark.parametrize("name", PACKAGED)
def test_a_packaged_network_is_as_good_as_its_record_says(name):
    network, run = weights.load(name)
    splits = data.load("drawn", size=run.size)
    score = train.evaluate(network, splits.test, weights.statistics(run))
    assert math.isclose(score.top1_accuracy, run.test.top1_accuracy, abs_tol=0.01)


def test_a_packaged_file_is_three_megabytes_at_most():
    assert max((weights.FOLDER / f"{name}.safetensors").stat().st_size for name in PACKAGED) <= 3e6


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    for path in weights.FOLDER.glob("alexnet.*"):
        (tmp_path / path.name).write_bytes(path.read_bytes() + b"\n")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(ValueError, match="not the file of its record"):
        weights.load("alexnet")


def test_an_unknown_network_gets_the_list():
    with pytest.raises(ValueError, match="Known: alexnet"):
        weights.load("alexnext")
