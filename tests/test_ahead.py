"""Batches made ready by threads are those that one thread makes, in its order."""

import threading

import pytest
import torch

from helpers import augment
from helpers.data import Part
from helpers.data.ahead import prepared

IMAGES = torch.randint(0, 256, (50, 3, 12, 12), dtype=torch.uint8)
PART = Part(IMAGES, torch.arange(50))


def turned(images, generator):
    return augment.rotate(augment.flip(images, generator), 20, generator)


def epoch(**given):
    batches = list(prepared(PART, 8, turned, **{"seed": 0, **given}))
    return [torch.cat(found) for found in zip(*batches, strict=True)]


def test_every_picture_comes_once_with_its_label():
    batches = list(prepared(PART, 8, lambda images, _: images, seed=0))
    assert [len(labels) for _, labels in batches] == [8] * 6 + [2]
    images, labels = (torch.cat(found) for found in zip(*batches, strict=True))
    assert torch.equal(labels.sort().values, PART.labels)
    assert torch.equal(images, IMAGES[labels])


def test_the_number_of_threads_changes_nothing_and_the_seed_does():
    images, labels = epoch(threads=1)
    for threads in (2, 5, 20):
        again = epoch(threads=threads)
        assert torch.equal(again[0], images)
        assert torch.equal(again[1], labels)
    other = epoch(seed=1)
    assert not torch.equal(other[0], images)
    assert not torch.equal(other[1], labels)


def test_each_batch_has_its_own_draws():
    equal = Part(IMAGES[:1].repeat(16, 1, 1, 1), torch.zeros(16).long())
    one, two = (images for images, _ in prepared(equal, 8, turned, seed=0))
    assert not torch.equal(one, two)


def test_two_batches_are_prepared_at_once():
    both = threading.Barrier(2, timeout=20)

    def meet(images, _):
        both.wait()
        return images

    assert len(list(prepared(PART, 25, meet, seed=0))) == 2


def test_who_leaves_early_has_had_few_prepared():
    started = []
    batches = prepared(PART, 5, lambda images, _: started.append(1) or images, seed=0)
    next(batches)
    batches.close()
    assert len(started) <= 3
    assert not any(t.name.startswith("ThreadPool") for t in threading.enumerate())


def test_what_goes_wrong_in_a_thread_is_raised():
    with pytest.raises(TypeError, match="augment first, normalise last"):
        list(prepared(Part(IMAGES.float(), PART.labels), 8, turned, seed=0))
