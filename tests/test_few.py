"""A smaller problem is a part of the larger one."""

import pytest
import torch

from helpers.data import Part, Splits, Stream
from helpers.data.few import few


def toy(n=4, classes=3):
    """Picture k is filled with k; so is its mask."""
    labels = torch.arange(n * classes) % classes
    images = torch.arange(len(labels), dtype=torch.uint8)[:, None, None, None].expand(-1, 3, 2, 2)
    paths = tuple(f"{k}.jpg" for k in range(len(labels)))
    boxes = tuple(torch.full((1, 4), k) for k in range(len(labels)))
    part = Part(images, labels, images[:, 0], boxes, paths)
    return Splits("toy", part, part, part, ("a", "b", "c"))


def test_the_first_pictures_of_each_class_are_kept_with_all_that_is_known_of_them():
    found = few(toy(), 3, 2)
    assert found.train.images[:, 0, 0, 0].tolist() == [0, 3, 1, 4, 2, 5]
    assert found.train.masks[:, 0, 0].tolist() == [0, 3, 1, 4, 2, 5]
    assert found.train.labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert found.train.paths[1] == "3.jpg"
    assert found.train.boxes[1].tolist() == [[3] * 4]
    assert len(found.test) == len(found.val) == 12


def test_fewer_classes_count_from_zero_and_keep_their_names():
    for seed in range(6):
        found = few(toy(), 2, seed=seed)
        names = [found.classes[label] for label in found.test.labels]
        rows = found.test.images[:, 0, 0, 0].tolist()
        assert names == ["abc"[row % 3] for row in rows]
        assert len(set(names)) == 2


def test_the_seed_draws_the_classes():
    assert few(toy(), 2, seed=1).classes == few(toy(), 2, seed=1).classes
    assert len({few(toy(), 1, seed=seed).classes for seed in range(20)}) == 3


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ((4,), "asked for 4 classes of 3"),
        ((0,), "asked for 0 classes of 3"),
        ((2, 5), "asked for 5 pictures a class; a class has 4"),
        ((2, 0), "asked for 0 pictures a class"),
    ],
)
def test_more_than_there_is_gets_a_sentence(asked, message):
    with pytest.raises(ValueError, match=message):
        few(toy(), *asked)


def test_a_stream_gets_a_sentence():
    stream = Stream.__new__(Stream)
    with pytest.raises(ValueError, match="toy is streamed"):
        few(Splits("toy", stream, stream, stream, ("a",)), 1)
