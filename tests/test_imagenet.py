"""ImageNet read as it lies: flat, sorted, or all of it; what does not fit is streamed."""

import json
import os
import shutil
import subprocess
import sys
import time

import ilsvrc
import pytest
import torch
from PIL import Image
from torch import nn

from helpers import data, train
from helpers.data import folder, sort_imagenet
from helpers.data.stream import Stream

LABEL = {1: 0, 2: 1, 3: 3, 4: 2}  # a class's number in the kit -> its place among sorted ids
TRUTH = [1 + (7 * k) % 4 for k in range(48)]  # 12 a class


@pytest.fixture(scope="module")
def ilsvrc_flat(tmp_path_factory):
    root = tmp_path_factory.mktemp("imagenet")
    ilsvrc.flat(root / "val", TRUTH)
    ilsvrc.devkit(root, TRUTH)
    return root


@pytest.fixture(scope="module")
def ilsvrc_full(ilsvrc_flat, tmp_path_factory):
    root = tmp_path_factory.mktemp("full")
    kit, flat = ilsvrc_flat / "ILSVRC2012_devkit_t12", ilsvrc_flat / "val"
    assert sort_imagenet.main([str(flat), str(kit), str(root / "val")]) == 0
    for number, wnid in enumerate(ilsvrc.WNIDS, start=1):
        (root / "train" / wnid).mkdir(parents=True)
        for k in range(20):
            picture = Image.new("RGB", (24, 20 + k), (50 * number,) * 3)
            picture.save(root / "train" / wnid / f"{wnid}_{k}.JPEG")
    return root


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def load(monkeypatch):
    def load(root, **asked):
        monkeypatch.setenv("IMAGENET_DIR", str(root))
        return data.load("imagenet", **{"size": 16, **asked})

    return load


def parts(splits):
    return splits.train, splits.val, splits.test


def assert_labels_are_the_kits(part):
    for images, labels in part.batches(5):
        kit = (images.float().mean((1, 2, 3)) / 50).round().int().tolist()
        assert labels.tolist() == [LABEL[number] for number in kit]


def test_flat_pictures_and_the_kit_give_three_parts_named_in_words(ilsvrc_flat, load):
    splits = load(ilsvrc_flat)
    assert splits.classes == ("tench", "English springer", "church", "parachute")
    assert [len(part) for part in parts(splits)] == [40, 4, 4]
    for part in parts(splits):
        assert_labels_are_the_kits(part)
        assert len(part.labels.unique()) == 4


def test_sorted_pictures_give_the_same_parts_named_by_id(ilsvrc_flat, ilsvrc_full, load, tmp_path):
    shutil.copytree(ilsvrc_full / "val", tmp_path / "sorted")
    splits, flat = load(tmp_path / "sorted"), load(ilsvrc_flat)
    assert splits.classes == tuple(sorted(ilsvrc.WNIDS))
    for part, same in zip(parts(splits), parts(flat), strict=True):
        assert torch.equal(part.images, same.images)


def test_the_seed_draws_the_parts(ilsvrc_flat, load):
    one, same, other = (load(ilsvrc_flat, seed=seed).test.paths for seed in (0, 0, 1))
    assert one == same
    assert one != other


def test_all_of_it_is_streamed_and_the_official_pictures_are_test(ilsvrc_full, load):
    splits = load(ilsvrc_full)
    assert [len(part) for part in parts(splits)] == [72, 8, 48]
    assert all("ILSVRC2012_val" in path for path in splits.test.paths)
    assert not set(splits.train.paths) & set(splits.val.paths)
    for part in parts(splits):
        assert isinstance(part, Stream)
        assert not hasattr(part, "images")
        assert_labels_are_the_kits(part)


def test_a_part_that_would_fill_the_memory_is_a_stream_with_the_same_pictures(
    ilsvrc_flat, load, monkeypatch
):
    arrays = load(ilsvrc_flat)
    monkeypatch.setattr(folder, "_fits", lambda pictures, size: False)
    streams = load(ilsvrc_flat)
    for part, same in zip(parts(streams), parts(arrays), strict=True):
        assert isinstance(part, Stream)
        assert (part.paths, part.size) == (same.paths, same.size)
        assert torch.equal(torch.cat([images for images, _ in part.batches(7)]), same.images)
    torch.testing.assert_close(streams.statistics(), arrays.statistics())


def test_a_hundred_terabytes_do_not_fit_and_a_megabyte_does():
    assert not folder._fits(10**9, 224)
    assert folder._fits(10, 100)


def test_a_stream_is_shuffled_by_its_generator_and_holds_each_picture_once(ilsvrc_full, load):
    part = load(ilsvrc_full).train
    one, same, other = (
        torch.cat([y for _, y in part.batches(10, torch.Generator().manual_seed(seed))])
        for seed in (0, 0, 1)
    )
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert torch.equal(one.sort().values, part.labels.sort().values)


def test_a_damaged_picture_of_a_stream_is_left_out_with_its_label(tmp_path):
    files = [tmp_path / f"{k}.png" for k in range(5)]
    for k, file in enumerate(files):
        Image.new("RGB", (8, 8), (k,) * 3).save(file)
    files[2].write_text("no")
    stream = Stream(torch.arange(5), tuple(map(str, files)), 8)
    with pytest.warns(UserWarning, match=r"left out: .*2.png: not a picture"):
        found = list(stream.batches(2))
    assert [labels.tolist() for _, labels in found] == [[0, 1], [3], [4]]
    assert [images[:, 0, 0, 0].tolist() for images, _ in found] == [[0, 1], [3], [4]]


def test_a_stream_that_is_left_early_reads_no_further(ilsvrc_full, load, monkeypatch):
    part, started = load(ilsvrc_full).train, []

    def slow(self, row):
        started.append(row)
        time.sleep(0.02)
        return torch.zeros(16, 16, 3, dtype=torch.uint8)

    monkeypatch.setattr(Stream, "_read", slow)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    batches = part.batches(4)
    next(batches)
    batches.close()
    assert 4 <= len(started) < 4 * 3


def test_per_class_keeps_the_first_of_each_and_more_than_there_is_gets_a_sentence(
    ilsvrc_flat, load
):
    assert load(ilsvrc_flat, per_class=3).train.labels.bincount().tolist() == [3, 3, 3, 3]
    with pytest.raises(ValueError, match=r"per_class is 11, and class 'tench' has 10 training"):
        load(ilsvrc_flat, per_class=11)


def test_missing_flat_pictures_are_counted(ilsvrc_flat, load, tmp_path):
    shutil.copytree(ilsvrc_flat, tmp_path / "part")
    (tmp_path / "part" / "val" / ilsvrc.name(3)).unlink()
    with pytest.warns(UserWarning, match="1 pictures are missing, the first .*00000003"):
        load(tmp_path / "part")


def without_kit(root):
    shutil.rmtree(root / "ILSVRC2012_devkit_t12")


def without_pictures(root):
    shutil.rmtree(root / "val")


def another_class(root):
    (root / "train" / "n00000001").mkdir(parents=True)


@pytest.mark.parametrize(
    ("spoil", "error", "said"),
    [
        (without_kit, FileNotFoundError, "48 flat validation pictures and no class folders"),
        (without_pictures, FileNotFoundError, "0 flat validation pictures and no class folders"),
        (another_class, ValueError, "train/ has 1 classes and val/ 4, and n00000001 is only in"),
        (shutil.rmtree, FileNotFoundError, "no such folder"),
    ],
)
def test_a_folder_that_is_not_imagenet_gets_a_sentence(
    ilsvrc_flat, load, tmp_path, spoil, error, said
):
    shutil.copytree(ilsvrc_flat, tmp_path / "copy")
    spoil(tmp_path / "copy")
    with pytest.raises(error, match=said):
        load(tmp_path / "copy")


def test_without_the_variable_it_says_where_imagenet_comes_from(monkeypatch):
    monkeypatch.delenv("IMAGENET_DIR", raising=False)
    with pytest.raises(FileNotFoundError, match=r"IMAGENET_DIR is not set; fetch .* image-net.org"):
        data.load("imagenet")


PEAK = """
import json, resource, sys, time
import torch
from helpers.data.stream import Stream

torch.set_num_threads(1)
path, peaks = sys.argv[1], []
for times in (1, 4, 16):
    n = 100 * times
    batches = Stream(torch.zeros(n, dtype=torch.int64), (path,) * n, 128).batches(25)
    next(batches)
    time.sleep(1)  # while the network works, the stream must not read on and on
    for images, labels in batches:
        assert images.shape == (25, 3, 128, 128)
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10)
print(json.dumps(peaks))
"""


@pytest.mark.slow
def test_a_streams_peak_memory_is_flat_at_1_4_and_16_times_the_pictures(tmp_path):
    Image.new("RGB", (128, 128), (1, 2, 3)).save(tmp_path / "x.png")
    command = [sys.executable, "-c", PEAK, tmp_path / "x.png"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    once, _, sixteen = json.loads(subprocess.check_output(command, env=environment))
    assert sixteen - once < 8  # MiB; the pictures themselves would be 70 more


def test_a_network_is_scored_on_what_a_stream_can_read(tmp_path):
    files = [tmp_path / f"{k}.png" for k in range(6)]
    for k, file in enumerate(files):
        Image.new("RGB", (8, 8), (40 * k,) * 3).save(file)
    files[2].write_text("no")
    stream = Stream(torch.arange(6) % 3, tuple(map(str, files)), 8)
    network = nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    with pytest.warns(UserWarning, match="left out"):
        score = train.evaluate(network, stream, (torch.full((3,), 0.5), torch.ones(3)))
    assert score.n == 5
