import torch
from torch import Generator

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
