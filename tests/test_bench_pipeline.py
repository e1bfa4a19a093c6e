"""The two ways to prepare an epoch do the same work; it is never a timed test."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import data
from tools import bench_pipeline
from tools.bench_pipeline import BATCH, OURS, SIZE, THEIRS, measured, ours, theirs


@pytest.fixture(scope="module")
def splits(tmp_path_factory):
    """Photographs of noise, more than a batch in train."""
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(0)
    for name in ("one", "two"):
        (folder / name).mkdir()
        for k in range(50):
            pixels = rng.integers(0, 256, (14, 14, 3), np.uint8)
            picture = Image.fromarray(pixels).resize((224, 224))
            picture.save(folder / name / f"{k}.jpg", quality=95)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_CACHE", str(tmp_path_factory.mktemp("cache")))
        return data.load(folder, size=160)


def test_both_ways_know_the_same_kinds():
    assert list(OURS) == list(THEIRS)


@pytest.fixture(scope="module", params=OURS)
def prepared(request, splits):
    """The kind, and each way's pictures."""
    given = (splits.train, splits.statistics(), request.param)
    return request.param, [torch.cat(list(way(*given))) for way in (ours, theirs)]


def test_both_ways_prepare_every_training_picture(splits, prepared):
    assert len(splits.train) > BATCH
    for images in prepared[1]:
        assert images.shape == (len(splits.train), 3, SIZE, SIZE)
        assert images.dtype == torch.float32


def test_both_ways_change_pictures_alike(prepared):
    kind, (our, their) = prepared
    if kind != "distortion and erasing":  # whose corners differ
        assert abs(our.mean() - their.mean()) < 0.15
        assert abs(our.std() / their.std() - 1) < 0.15


def test_a_ratio_above_one_says_that_ours_is_faster(splits, monkeypatch):
    monkeypatch.setattr(bench_pipeline, "theirs", lambda *given: _busy(3000))
    monkeypatch.setattr(bench_pipeline, "ours", lambda *given: _busy(3))
    for speed in measured(splits, 6).values():
        assert speed["low"] <= speed["median"] <= speed["high"]
        assert speed["median"] > 1
        assert len(speed["ratios"]) == 6


def _busy(n):
    for _ in range(n):
        yield sum(range(100))


def test_decoding_counts_every_file_and_memory_beside_the_array(splits):
    files = [Path(path) for path in splits.train.paths]
    found = bench_pipeline.decoding(files)
    assert found["pictures"] == len(files)
    assert found["seconds"] > 0
    assert -len(files) * 3 * SIZE**2 / 2**20 - 1 < found["mib_beside"] < 300
