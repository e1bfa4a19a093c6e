"""Drawn pictures of any shape, made square in three ways."""

import numpy as np
import pytest
import torch
from numpy.random import default_rng

from helpers.data import drawn, framed

LABELS = range(len(drawn.CLASSES))


@pytest.fixture(scope="module")
def pictures():
    return [framed.draw(label, default_rng(label)) for label in LABELS]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return framed.load(size=32, per_class=2)


def test_a_framed_picture_is_a_smaller_one_that_holds_its_objects_whole(pictures):
    for label, picture in zip(LABELS, pictures, strict=True):
        whole = drawn.draw(label, default_rng(label))
        assert picture.mask.size < whole.mask.size
        assert np.bincount(picture.mask.flat)[1:].tolist() == (
            np.bincount(whole.mask.flat)[1:].tolist()
        )


def test_boxes_move_with_the_window(pictures):
    for picture in pictures:
        rows, columns = np.nonzero(picture.mask == 1)
        corners = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        assert picture.boxes[0].tolist() == corners


def test_some_objects_are_nearer_to_an_end_than_a_crop_leaves(pictures):
    squares = [min(picture.mask.shape) for picture in pictures]
    lost = 0
    for side, picture in zip(squares, pictures, strict=True):
        height, width = picture.mask.shape
        top, left = (height - side) // 2, (width - side) // 2
        inside = (picture.mask[top : top + side, left : left + side] > 0).sum()
        lost += inside < (picture.mask > 0).sum()
    assert 1 <= lost < len(pictures)


def test_every_way_has_the_same_pictures_in_the_same_order(loaded):
    squash, pad, crop = loaded.values()
    assert list(loaded) == ["squash", "pad", "crop"]
    for part, n in (("train", 20), ("val", 10), ("test", 10)):
        labels = [getattr(splits, part).labels for splits in (squash, pad, crop)]
        assert len(labels[0]) == n
        assert all(torch.equal(labels[0], other) for other in labels[1:])
    assert not torch.equal(squash.train.images, crop.train.images)


def test_only_padding_leaves_black_bars(loaded):
    bars = {way: _bars(splits.train.images) for way, splits in loaded.items()}
    assert bars["pad"] > 10 > bars["squash"] == bars["crop"]


def _bars(images):
    """How many pictures have a row or a column of black at their edge."""
    edges = (images[:, :, 0], images[:, :, -1], images[:, :, :, 0], images[:, :, :, -1])
    return sum(torch.stack([e.flatten(1).amax(1) == 0 for e in edges]).any(0).tolist())
