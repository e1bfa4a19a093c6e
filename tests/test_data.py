import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from helpers import data
from helpers.data import cache
from helpers.data.folder import class_folders
from helpers.data.pictures import PictureError, fit, open_picture


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))


def save(path, mode="RGB", size=(30, 20), colour=None, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour or 0).save(path, **options)
    return path


@pytest.fixture
def pets(tmp_path):
    root = tmp_path / "pets"
    for label, name in enumerate(("cat", "dog")):
        for number in range(20):
            save(root / name / f"{number:02}.png", colour=(10 * number, 100 * label, 0))
    return root


MODES = {
    "L": 128,
    "P": 0,
    "CMYK": (0, 0, 0, 0),
    "RGBA": (255, 0, 0, 0),
    "LA": (0, 0),
    "I;16": 32768,
    "1": 1,
}


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_becomes_rgb(mode, tmp_path):
    path = save(tmp_path / f"x.{'tif' if mode == 'CMYK' else 'png'}", mode, colour=MODES[mode])
    image = open_picture(path)
    expected = {"L": 128, "I;16": 128, "P": 0}.get(mode, 255)
    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == (expected,) * 3


def test_the_cameras_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    path = save(tmp_path / "turned.jpg", size=(30, 20), exif=exif)
    assert open_picture(path).size == (20, 30)


def test_a_truncated_and_a_fake_jpeg_are_named(tmp_path):
    cut, fake = save(tmp_path / "cut.jpg", size=(300, 300)), tmp_path / "fake.jpg"
    cut.write_bytes(cut.read_bytes()[:700])
    fake.write_text("not a picture")
    with pytest.raises(PictureError, match=r"cut.jpg: damaged"):
        open_picture(cut)
    with pytest.raises(PictureError, match=r"fake.jpg: not a picture"):
        open_picture(fake)


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (300, 7), (64, 64)])
def test_any_shape_fits_a_square(size):
    assert fit(Image.new("RGB", size), 64).size == (64, 64)


def test_a_folder_is_divided_by_tenths_and_the_same_each_time(pets):
    splits, again = (data.load(pets, size=16) for _ in range(2))
    assert splits.classes == ("cat", "dog")
    assert [len(p) for p in (splits.train, splits.val, splits.test)] == [32, 4, 4]
    paths = splits.train.paths + splits.val.paths + splits.test.paths
    assert len(set(paths)) == 40
    assert again.test.paths == splits.test.paths
    assert splits.train.images.shape == (32, 3, 16, 16)


def test_labels_follow_their_pictures_past_a_damaged_one(pets):
    (pets / "cat" / "05.png").write_text("no")
    with pytest.warns(UserWarning, match="1 left out"):
        splits = data.load(pets, size=16)
    assert "05.png: not a picture" in splits.skipped[0]
    for part in (splits.train, splits.val, splits.test):
        dogs = torch.tensor([os.sep + "dog" + os.sep in path for path in part.paths])
        assert torch.equal(part.labels, dogs.long())
        assert torch.equal(part.images[:, 1].amax((1, 2)), 100 * dogs.to(torch.uint8))


def test_an_empty_class_and_a_stray_file_are_counted_and_left_out(pets):
    (pets / "bird").mkdir()
    (pets / "readme.txt").write_text("hello")
    with pytest.warns(UserWarning, match="2 left out"):
        splits = data.load(pets, size=8)
    assert splits.classes == ("cat", "dog")
    assert len(splits.skipped) == 2


def test_a_file_and_a_folder_without_permission_are_named_with_the_remedy(
    open_folder, an_ordinary_user
):
    for label in ("cat", "dog", "fox"):
        save(open_folder / label / "1.png")
    closed, hidden = open_folder / "cat" / "1.png", open_folder / "fox"
    closed.chmod(0)
    hidden.chmod(0)
    with an_ordinary_user():
        with pytest.raises(PictureError, match=r"cat/1.png: no permission .* chmod u\+r"):
            open_picture(closed)
        classes, skipped = class_folders(open_folder)
    hidden.chmod(0o755)
    assert classes == ["cat", "dog"]
    assert skipped[0] == f"{hidden}: no permission to list it; chmod u+rx gives it"


def test_a_cache_folder_that_may_not_be_written_is_a_sentence_and_the_next_run_completes(
    open_folder, an_ordinary_user, monkeypatch
):
    monkeypatch.setenv("COURSE_CACHE", str(open_folder / "cache"))
    with an_ordinary_user(), pytest.raises(OSError, match=r"cannot be written \(Permission denied"):
        cache.arrays("entry", lambda: {"x": np.ones(3)})
    open_folder.chmod(0o777)
    with an_ordinary_user():
        assert cache.arrays("entry", lambda: {"x": np.ones(3)})["x"].sum() == 3


FULL = """
import resource, sys
from pathlib import Path
import numpy as np
from helpers.data import cache

limit = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limit[1]))
make = lambda: {"small": np.ones(3), "x": np.ones(50_000)}
try:
    cache.arrays("entry", make)
except OSError as error:
    print(error)
print(sorted(path.name for path in cache.folder().iterdir() if path.is_dir()))
resource.setrlimit(resource.RLIMIT_FSIZE, limit)
print(cache.arrays("entry", make)["x"].sum())
"""


def test_a_disk_that_fills_leaves_no_half_entry_and_the_next_run_completes():
    run = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True, check=True)
    said, left, total = run.stdout.splitlines()
    assert f"the cache folder {cache.folder()} cannot be written (" in said
    assert said.endswith("; free some space or set COURSE_CACHE to another folder")
    assert (left, total) == ("[]", "50000.0")


def test_a_picture_left_out_for_its_permission_comes_back_with_it(pets, monkeypatch):
    closed = pets / "cat" / "05.png"
    access, load = os.access, Image.open

    def refuse(path, *rest):
        if Path(path) == closed:
            raise PermissionError(path)
        return load(path, *rest)

    with monkeypatch.context() as without:
        without.setattr(Image, "open", refuse)
        without.setattr(os, "access", lambda p, *a: Path(p) != closed and access(p, *a))
        with pytest.warns(UserWarning, match="1 left out"):
            data.load(pets, size=16)
    assert data.load(pets, size=16).skipped == ()


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"name": "drawm"}, ValueError, "did you mean 'drawn'"),
        ({"name": "./nowhere"}, FileNotFoundError, "no such folder"),
        ({"size": 0}, ValueError, "size must be 1 or more, got 0"),
        ({"per_class": 0}, ValueError, "per_class must be 1 or more"),
    ],
)
def test_bad_requests_get_a_sentence(asked, error, message):
    with pytest.raises(error, match=message):
        data.load(**asked)


def test_imagenette_without_its_folders_says_what_to_give(tmp_path, monkeypatch):
    monkeypatch.setenv("IMAGENETTE_DIR", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="no folder train/ in it"):
        data.load("imagenette")


def test_imagenets_own_validation_pictures_are_test_wherever_they_lie(tmp_path, monkeypatch):
    monkeypatch.setenv("IMAGENETTE_DIR", str(tmp_path))
    from helpers.data.imagenette import CLASSES

    for wnid in CLASSES:
        save(tmp_path / "train" / wnid / f"{wnid}_1.JPEG")
        save(tmp_path / "train" / wnid / "ILSVRC2012_val_00000293.JPEG")
        save(tmp_path / "val" / wnid / f"{wnid}_2.JPEG")
    splits = data.load("imagenette", size=8)
    assert [len(p) for p in (splits.train, splits.val, splits.test)] == [10, 10, 10]
    assert all("ILSVRC2012_val" in path for path in splits.test.paths)


def test_statistics_are_of_train_alone(pets):
    splits = data.load(pets, size=8)
    mean, std = splits.statistics()
    pixels = splits.train.images.double().transpose(0, 1).flatten(1) / 255
    torch.testing.assert_close(mean, pixels.mean(1).float())
    torch.testing.assert_close(std, pixels.std(1, correction=0).float())


def test_batches_in_order_or_shuffled_hold_every_picture_once(pets):
    part = data.load(pets, size=8).train
    labels = torch.cat([label for _, label in part.batches(5)])
    assert torch.equal(labels, part.labels)
    shuffled = [label for _, label in part.batches(5, torch.Generator().manual_seed(0))]
    assert not torch.equal(torch.cat(shuffled), labels)
    assert torch.equal(torch.cat(shuffled).sort().values, labels.sort().values)


def test_an_entry_is_made_once_and_a_changed_one_is_made_again():
    made = []

    def make():
        made.append(1)
        return {"x": np.arange(1000)}

    cache.arrays("entry", make)
    cache.arrays("entry", make)
    assert len(made) == 1
    file = cache.folder() / "entry" / "x.npy"
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.warns(UserWarning, match="damaged; it is made again"):
        found = cache.arrays("entry", make)
    assert len(made) == 2
    assert np.array_equal(found["x"], np.arange(1000))


def test_a_kill_while_an_entry_is_made_leaves_no_half_entry():
    def killed():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.arrays("entry", killed)
    (cache.folder() / "entry.part").mkdir()
    (cache.folder() / "entry.part" / "x.npy").write_bytes(b"half")
    assert cache.arrays("entry", lambda: {"x": np.ones(3)})["x"].sum() == 3


def test_two_at_once_make_an_entry_once():
    made, barrier = [], threading.Barrier(2)

    def ask():
        barrier.wait()
        cache.arrays("entry", lambda: made.append(1) or {"x": np.ones(3)})

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_a_class_that_only_another_part_has_gets_a_sentence(tmp_path):
    for place in ("train/cat", "train/dog", "val/cat", "val/dgo"):
        save(tmp_path / place / "1.png")
    with pytest.raises(ValueError, match="val/ has the class 'dgo', which train/ has not"):
        data.load(tmp_path)


def test_the_one_picture_of_a_class_is_for_training(pets):
    save(pets / "fox" / "1.png")
    splits = data.load(pets, size=8)
    assert [(part.labels == 2).sum().item() for part in (splits.train, splits.val)] == [1, 0]


def test_more_training_pictures_than_a_class_has_get_a_sentence(pets):
    assert data.load(pets, size=8, per_class=16).train.labels.bincount().tolist() == [16, 16]
    with pytest.raises(ValueError, match="per_class is 17, and class 'cat' has 16"):
        data.load(pets, size=8, per_class=17)


def test_a_picture_of_too_many_pixels_is_left_out_unopened(pets, monkeypatch):
    save(pets / "cat" / "bomb.png", size=(101, 100))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    with pytest.warns(UserWarning, match=r"bomb.png: more than 10,000 pixels"):
        assert len(data.load(pets, size=8).skipped) == 1


def test_a_path_in_korean_and_with_a_newline_is_a_path(tmp_path):
    root = tmp_path / "사진\n폴더"
    save(root / "고양이" / "1\n.png")
    (root / "고양이" / "2\n.png").write_text("no")
    with pytest.warns(UserWarning, match="1 left out"):
        splits = data.load(root, size=8)
    assert splits.classes == ("고양이",)
    assert len(splits.skipped) == 1
    assert splits.train.paths == (str(root / "고양이" / "1\n.png"),)


def test_pixels_lie_as_in_a_file_which_is_what_crops_are_fastest_from(pets):
    images = data.load(pets, size=8).train.images
    assert images.is_contiguous(memory_format=torch.channels_last)
    assert images[[3, 1, 2]].is_contiguous(memory_format=torch.channels_last)


def test_statistics_of_many_pictures_are_of_ten_thousand_drawn_ones():
    images = torch.arange(12_550).remainder(251).to(torch.uint8)
    part = data.Part(images.view(-1, 1, 1, 1).expand(-1, 3, 2, 2), torch.zeros(12_550).long())
    splits = data.Splits("x", part, part, part, ("x",))
    (mean, _), (again, _) = splits.statistics(), splits.statistics()
    assert torch.equal(mean, again)
    assert 1e-5 < (mean - 125 / 255).abs().max() < 0.01
