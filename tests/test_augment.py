import pytest
import torch
from torch import Generator
from torchvision.transforms.v2 import InterpolationMode, functional

from helpers import augment

IMAGES = torch.randint(0, 256, (64, 3, 8, 10), dtype=torch.uint8)


def test_normalised_pictures_have_mean_zero_and_deviation_one():
    pixels = IMAGES.double().transpose(0, 1).flatten(1) / 255
    mean, std = pixels.mean(1).float(), pixels.std(1, correction=0).float()
    out = augment.normalise(IMAGES, mean, std).transpose(0, 1).flatten(1)
    assert out.mean(1).abs().max() < 1e-4
    assert (out.std(1) - 1).abs().max() < 1e-3


def test_about_half_of_the_pictures_are_mirrored_each_by_its_own_draw():
    out = augment.flip(IMAGES, Generator().manual_seed(0))
    mirrored = [torch.equal(o, i.flip(2)) for o, i in zip(out, IMAGES, strict=True)]
    kept = [torch.equal(o, i) for o, i in zip(out, IMAGES, strict=True)]
    assert 20 <= sum(mirrored) <= 44
    assert sum(mirrored) + sum(kept) == 64


def test_a_shift_moves_each_picture_and_repeats_the_edge():
    ramp = torch.arange(10).expand(32, 3, 8, 10)
    first = augment.shift(ramp, 2, Generator().manual_seed(1))[:, 0, 0, :]
    assert set(first[:, 5].tolist()) == {3, 4, 5, 6, 7}
    assert first.min() == 0
    assert first.max() == 9


def test_the_same_seed_draws_the_same():
    one, two = (augment.shift(IMAGES, 3, Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, two)


# Changes that draw: each from a batch and a generator, with the strength that pages use.
DRAWN = {
    "crop": lambda images, g: augment.crop(images, 24, g),
    "flip": augment.flip,
    "shift": lambda images, g: augment.shift(images, 4, g),
    "zoom": lambda images, g: augment.zoom(images, 1.5, g),
    "rotate": lambda images, g: augment.rotate(images, 20, g),
    "distort": lambda images, g: augment.distort(images, 0.4, g),
    "colour": lambda images, g: augment.colour(images, 0.4, g),
    "erase": augment.erase,
}
NOTHING = {
    "zoom": lambda images, g: augment.zoom(images, 1, g),
    "rotate": lambda images, g: augment.rotate(images, 0, g),
    "distort": lambda images, g: augment.distort(images, 0, g),
    "colour": lambda images, g: augment.colour(images, 0, g),
    "crop": lambda images, g: augment.crop(images, 32, g, scale=(1, 1), ratio=(1, 1)),
}
every_change = pytest.mark.parametrize("change", DRAWN.values(), ids=DRAWN)


def seeded(seed=0):
    return Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def photos():
    """Eighteen smooth pictures, 32 by 32, of middling brightness."""
    coarse = torch.randint(70, 186, (18, 3, 5, 5), generator=seeded(), dtype=torch.uint8)
    return functional.resize(coarse, [32, 32])


@every_change
def test_a_seed_gives_the_same_bytes_and_another_seed_others(change, photos):
    one, same, other = (change(photos, seeded(seed)) for seed in (5, 5, 6))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert one.dtype == torch.uint8


@every_change
def test_each_picture_has_its_own_draw_and_the_input_stays(change, photos):
    equal = photos[:1].repeat(16, 1, 1, 1)
    before = equal.clone()
    out = change(equal, seeded())
    assert len(out.flatten(1).unique(dim=0)) >= (2 if change is augment.flip else 8)
    assert torch.equal(equal, before)


@every_change
def test_the_order_of_pixels_in_memory_changes_nothing(change, photos):
    rows = photos.contiguous(memory_format=torch.channels_last)
    assert torch.equal(change(rows, seeded()), change(photos, seeded()))


@every_change
def test_everything_is_made_on_the_pictures_own_device(change, photos):
    out = change(photos.to("meta"), seeded())  # a meta tensor has no memory, but a device
    assert (out.device.type, out.dtype) == ("meta", torch.uint8)
    assert out.shape == change(photos, seeded()).shape


@pytest.mark.parametrize("change", NOTHING.values(), ids=NOTHING)
def test_the_strength_that_means_nothing_changes_nothing(change, photos):
    assert torch.equal(change(photos, seeded()), photos)


def test_a_flip_twice_is_the_identity(photos):
    once = augment.flip(photos, seeded())
    assert not torch.equal(once, photos)
    assert torch.equal(augment.flip(once, seeded()), photos)


@pytest.mark.parametrize("name", ["crop", "zoom", "rotate", "distort", "colour"])
def test_floats_are_refused_with_what_to_do(name, photos):
    with pytest.raises(TypeError, match="float32; augment first, normalise last"):
        DRAWN[name](photos.float(), seeded())


def levels(ours, theirs):
    """The largest difference of two pictures, in levels of 0 to 255."""
    assert ours.shape == theirs.shape
    return (ours.double() - theirs.double()).abs().max()


def test_normalise_is_torchvisions(photos):
    mean, std = torch.tensor([0.4, 0.5, 0.6]), torch.tensor([0.2, 0.25, 0.3])
    theirs = functional.normalize(photos / 255, mean.tolist(), std.tolist())
    for layout in (torch.contiguous_format, torch.channels_last):
        ours = augment.normalise(photos.contiguous(memory_format=layout), mean, std)
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [12, 32, 50])
def test_cut_is_torchvisions_crop_and_resize_to_one_level(photos, size):
    whole = torch.tensor([[0, 0, 32, 32]]).expand(18, 4)
    assert levels(augment.cut(photos, whole, size), functional.resize(photos, [size, size])) <= 1
    boxes = torch.tensor([[k % 5, k % 7, 20 + k % 9, 25 + k % 6] for k in range(18)])
    for picture, box, ours in zip(photos, boxes, augment.cut(photos, boxes, size), strict=True):
        x0, y0, x1, y1 = box.tolist()
        theirs = functional.resized_crop(picture, y0, x0, y1 - y0, x1 - x0, [size, size])
        assert levels(ours, theirs) <= 1


def test_flip_is_torchvisions(photos):
    out = augment.flip(photos, seeded())
    mirrored = (out != photos).flatten(1).any(1)
    assert 0 < mirrored.sum() < 18
    assert torch.equal(out[mirrored], functional.horizontal_flip(photos)[mirrored])


@pytest.mark.parametrize("degrees", [-170.0, -15.0, 7.5, 90.0])
def test_a_turn_is_torchvisions_rotate_to_one_level(photos, degrees):
    ours = augment.warp(photos, augment.turns(torch.full((18,), degrees)))
    theirs = functional.rotate(photos, degrees, InterpolationMode.BILINEAR)
    assert levels(ours, theirs) <= 1
    assert levels(ours, photos) > 20


def test_perspectives_are_torchvisions_to_one_level(photos):
    seen = torch.tensor([[3, 1], [30, 4], [27, 31], [1, 29]])
    shown = torch.tensor([[0, 0], [32, 0], [32, 32], [0, 32]])
    matrices = augment.perspectives(seen[None] - 16, shown - 16)
    ours = augment.warp(photos, matrices.expand(18, 3, 3))
    theirs = functional.perspective(photos, seen.tolist(), shown.tolist())
    assert levels(ours, theirs) <= 1
    assert levels(ours, photos) > 20


def test_recolour_is_torchvisions_three_steps_where_nothing_is_cut(photos):
    factors = torch.tensor([1.1, 0.8, 1.3]).expand(18, 3).unbind(1)
    theirs = functional.adjust_brightness(photos / 255, 1.1)
    theirs = functional.adjust_saturation(functional.adjust_contrast(theirs, 0.8), 1.3)
    assert levels(augment.recolour(photos, *factors), 255 * theirs) < 0.6


def test_random_boxes_keep_to_scale_and_ratio_and_lie_inside():
    images = torch.empty(500, 3, 80, 100)  # a fifth of the first draws is too wide or too high
    x0, y0, x1, y1 = augment._random_boxes(images, (0.4, 0.7), (0.5, 2), seeded()).unbind(1)
    wide, high = x1 - x0, y1 - y0
    share, ratio = wide * high / 8000, wide / high
    assert 0.39 < share.min() < 0.42
    assert 0.67 < share.max() < 0.71
    assert 0.49 < ratio.min() < 0.6
    assert ratio.max() < 2.05
    assert (high == 80).float().mean() < 0.05  # a box is drawn again rather than cut
    assert (x0.min(), y0.min()) == (0, 0)
    assert (x1.max(), y1.max()) == (100, 80)


def test_a_box_that_never_fits_is_cut_to_the_picture():
    boxes = augment._random_boxes(torch.empty(4, 3, 10, 40), (1, 1), (0.5, 0.5), seeded())
    assert (boxes[:, 3] == 10).all()
    assert (boxes[:, 2] <= 40).all()


def test_zoom_enlarges_the_middle(photos):
    dotted = torch.zeros_like(photos)
    dotted[:, :, 12:20, 12:20] = 255
    out = augment.zoom(dotted, 2, seeded())
    area = (out[:, 0] > 127).sum((1, 2)) / 64
    assert (out[:, :, 16, 16] == 255).all()
    assert area.min() >= 1
    assert 3 < area.max() <= 4.1


def test_erase_fills_a_box_of_the_share_asked_with_the_mean_colour(photos):
    out = augment.erase(photos, seeded(), scale=(0.1, 0.3), ratio=(0.5, 2))
    means = photos.float().mean((2, 3)).round().to(torch.uint8)
    for picture, was, mean in zip(out, photos, means, strict=True):
        changed = (picture != was).any(0)
        assert (picture[:, changed] == mean[:, None]).all()
        assert 0.05 < changed.float().mean() < 0.35
