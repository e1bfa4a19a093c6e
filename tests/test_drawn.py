"""The drawn pictures: reproducible, varied, with masks and boxes that agree."""

import hashlib
import os
import subprocess
import sys

import numpy as np
import pytest

from helpers.data import drawn
from helpers.data.drawn import background, canvas, decoys, kinds, processes, rendering, scene
from helpers.data.drawn.light import Light
from helpers.data.drawn.placement import Placement

SIZE = 64
# of ten pictures; it changes with the drawing code, and may with Pillow or aggdraw, and then
# records made with the old pictures must be made again
PINNED = "781d27d00a4fec05"
GREY = Light(0.0, -0.6, 0.8)


def picture(label, index=0):
    return drawn.draw(label, np.random.default_rng([label, index]))


@pytest.fixture(scope="module")
def small():
    return drawn.render("train", 8, SIZE, 3)


def test_the_ten_classes_and_their_numbers_are_imagenets():
    assert len(drawn.CLASSES) == len(set(drawn.WNIDS)) == 10
    assert (drawn.CLASSES[0], drawn.WNIDS[0]) == ("soccer ball", "n04254680")
    assert (drawn.CLASSES[9], drawn.WNIDS[9]) == ("remote control", "n04074963")


def test_a_part_has_the_shapes_and_types_it_promises(small):
    found = {name: (array.shape, array.dtype) for name, array in small.items()}
    assert found == {
        "images": ((80, 3, SIZE, SIZE), np.uint8),
        "labels": ((80,), np.int64),
        "masks": ((80, SIZE, SIZE), np.uint8),
        "boxes": ((80, 2, 4), np.int64),
    }
    assert small["labels"].tolist() == [label for label in range(10) for _ in range(8)]


@pytest.mark.parametrize("label", range(10), ids=drawn.CLASSES)
def test_each_class_is_drawn_within_its_extent(label):
    kind = kinds.KINDS[drawn.CLASSES[label]]
    for seed in range(12):
        tile = canvas.Canvas(Placement.of(60).at(150, 150), 300, 300)
        kind.drawer(tile, np.random.default_rng(seed))
        x0, y0, x1, y1 = canvas.bounds(tile.pixels()[..., 3] > 0)
        reach = max(150 - x0, x1 - 150), max(150 - y0, y1 - 150)
        assert reach[0] <= 60 * kind.extent[0] * 1.05 + 3
        assert reach[1] <= 60 * kind.extent[1] * 1.05 + 3


@pytest.mark.parametrize("label", range(10), ids=drawn.CLASSES)
def test_two_pictures_of_a_class_differ_in_the_object_itself(label):
    seen = set()
    for seed in range(4):
        paper = canvas.Canvas(Placement.of(40).at(80, 80), 160, 160)
        kinds.KINDS[drawn.CLASSES[label]].drawer(paper, np.random.default_rng(seed))
        seen.add(paper.pixels().tobytes())
    assert len(seen) == 4


@pytest.mark.parametrize("decoy", decoys.KINDS, ids=lambda decoy: decoy.__name__)
def test_each_decoy_leaves_paint(decoy):
    tile = canvas.paint(decoy, decoys.EXTENT, Placement.of(20), GREY, np.random.default_rng(0))
    assert tile.covers.any()


@pytest.mark.parametrize("kind", background.KINDS, ids=lambda kind: kind.__name__)
def test_each_background_fills_the_picture_with_more_than_one_tone(kind):
    share = np.broadcast_to(kind(np.random.default_rng(0), 50, 40), (40, 50))
    assert 0.01 < share.std() < 1  # NaN fails both


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(small):
    again, other = drawn.render("train", 8, SIZE, 3), drawn.render("train", 8, SIZE, 4)
    assert all(np.array_equal(small[name], again[name]) for name in small)
    pairs = zip(small["images"], other["images"], strict=True)
    assert not any(np.array_equal(one, two) for one, two in pairs)


def test_fewer_pictures_are_the_first_of_more(small):
    fewer = drawn.render("train", 2, SIZE, 3)
    first = small["images"].reshape(10, 8, 3, SIZE, SIZE)[:, :2]
    assert np.array_equal(fewer["images"].reshape(first.shape), first)


def test_parts_share_no_picture_and_have_their_shares(small):
    parts = [small, drawn.render("val", 8, SIZE, 3), drawn.render("test", 8, SIZE, 3)]
    assert [len(part["labels"]) for part in parts] == [80, 10, 20]
    pictures = [image.tobytes() for part in parts for image in part["images"]]
    assert len(set(pictures)) == 110


@pytest.mark.parametrize(("part", "count"), [("train", 200), ("val", 20), ("test", 60)])
def test_the_usual_number_of_pictures(part, count, monkeypatch):
    monkeypatch.setattr(rendering, "_draw", lambda *_: None)
    assert len(drawn.render(part, None, 1, 0)["labels"]) == 10 * count


def test_boxes_are_the_bounds_of_the_mask_in_order_of_its_numbers(small):
    for mask, found in zip(small["masks"], small["boxes"], strict=True):
        for number, (x0, y0, x1, y1) in enumerate(found[found[:, 0] >= 0], start=1):
            rows, columns = np.nonzero(mask == number)
            assert (columns.min(), rows.min()) == (x0, y0)
            assert (columns.max() + 1, rows.max() + 1) == (x1, y1)


def test_every_number_in_a_mask_has_a_box_and_every_picture_an_object(small):
    counts = (small["boxes"][:, :, 0] >= 0).sum(1)
    assert (counts >= 1).all()
    assert np.array_equal(small["masks"].max((1, 2)), counts)


def test_about_a_fifth_of_the_pictures_has_two_objects(small):
    assert 0.08 < (small["boxes"][:, 1, 0] >= 0).mean() < 0.35


def test_objects_lie_in_the_central_square_that_a_crop_keeps():
    for label in range(10):
        image, mask = picture(label).image, picture(label).mask
        side, (height, width) = min(mask.shape), mask.shape
        top, left = (height - side) // 2, (width - side) // 2
        assert mask[top : top + side, left : left + side].sum() == mask.sum() > 0
        assert image.shape == (height, width, 3)


def test_canvases_vary_in_size_and_stand_upright_or_lie():
    shapes = [picture(label, index).image.shape[:2] for label in range(10) for index in range(2)]
    assert len(set(shapes)) > 10
    assert {height > width for height, width in shapes} == {True, False}
    assert all(192 <= min(s) <= 272 and max(s) <= 1.4 * min(s) for s in shapes)


def test_the_mask_marks_what_the_object_painted():
    kind = kinds.KINDS["padlock"]
    tile = canvas.paint(kind.drawer, kind.extent, Placement.of(40), GREY, np.random.default_rng(0))
    night, mask = np.zeros((150, 150, 3), np.float32), np.zeros((150, 150), np.uint8)
    scene._put(night, tile, (20, 10), GREY)
    scene._mark(mask, tile, (20, 10), 2)
    painted = night.sum(2) > 0
    assert painted[mask == 2].all()
    assert painted[mask == 0].sum() < 0.1 * painted.sum()  # the edge's fainter half


def test_an_object_half_behind_another_is_half_hidden():
    full = np.ones((10, 10), np.float32)
    tile = canvas.Tile(np.zeros((10, 10, 3), np.float32), full, 0, 0, 5.0)
    assert scene._hidden(tile, (50, 50), tile, (55, 50)) == 0.5
    assert scene._hidden(tile, (50, 50), tile, (70, 50)) == 0


def test_occluders_leave_most_of_each_object(monkeypatch):
    monkeypatch.setattr(scene, "OCCLUDED", 0)
    bare = [(scene.draw(k, np.random.default_rng(5)).mask > 0).sum() for k in kinds.KINDS.values()]
    monkeypatch.setattr(scene, "OCCLUDED", 1)
    left = [(scene.draw(k, np.random.default_rng(5)).mask > 0).sum() for k in kinds.KINDS.values()]
    shares = np.array(left) / bare
    assert scene.LEAST_SEEN <= shares.min() < 1


def test_processes_draw_the_same_as_this_one(small, monkeypatch):
    monkeypatch.setattr(rendering, "FEW", 0)
    monkeypatch.setattr(processes, "usable", lambda: 2)
    again = drawn.render("train", 8, SIZE, 3)
    assert all(np.array_equal(small[name], again[name]) for name in small)


def test_a_process_that_ends_early_is_an_error_with_its_message(monkeypatch):
    monkeypatch.setattr(processes, "usable", lambda: 1)
    with pytest.raises(RuntimeError, match=r"ended early(?s:.*)invalid literal"):
        processes.draw(("train", "many", SIZE, 0), 4, lambda row, record: None)


def test_where_processes_are_forbidden_the_pictures_are_drawn_here(small, monkeypatch):
    def forbidden(*_):
        raise PermissionError

    monkeypatch.setattr(rendering, "FEW", 0)
    monkeypatch.setattr(processes, "draw", forbidden)
    assert np.array_equal(drawn.render("train", 1, SIZE, 3)["images"], small["images"][::8])


def test_a_drawing_process_does_not_import_torch():
    code = (
        "import sys, runpy; sys.argv = ['worker', 'val', '1', '8', '0', '0', '10'];"
        f"runpy.run_path({worker()!r}, run_name='__main__');"
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert len(done.stdout) == 4 * 8 * 8 + 64


def worker():
    return processes.__file__.replace("processes.py", "worker.py")


@pytest.mark.parametrize(("part", "seed"), [("validation", 0), ("train", -1)])
def test_an_unknown_part_or_a_negative_seed_is_refused_in_words(part, seed):
    with pytest.raises(ValueError, match=r"no part .* Known: train, val, test|0 or more, got -1"):
        drawn.render(part, 1, SIZE, seed)


def test_the_pictures_are_these_to_the_last_byte_on_every_processor():
    digest = hashlib.sha256()
    for label in range(10):
        found = picture(label)
        digest.update(found.image.tobytes() + found.mask.tobytes())
    assert digest.hexdigest()[:16] == PINNED


def test_the_bytes_are_the_same_where_numpy_may_use_no_vector_instructions():
    code = (
        "import hashlib, numpy as np; from helpers.data import drawn; digest = hashlib.sha256();"
        "found = [drawn.draw(k, np.random.default_rng([k, 0])) for k in range(10)];"
        "[digest.update(f.image.tobytes() + f.mask.tobytes()) for f in found];"
        "print(digest.hexdigest()[:16])"
    )
    without = {"NPY_DISABLE_CPU_FEATURES": " ".join(dispatched())}
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, capture_output=True, check=True, text=True, env=os.environ | without)
    assert done.stdout.strip() == PINNED


def dispatched():
    """What numpy chooses while it runs and this processor has."""
    umath = np._core._multiarray_umath
    return [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__.get(name)]
