"""The drawn pictures and their bars, as the record of the full run has them."""

import json

import numpy as np
import pytest

from helpers.data import drawn
from tools import drawn_bars
from tools.drawn_bars import BARS, RECORD, colours

RECORDED = json.loads(RECORD.read_text())


@pytest.mark.parametrize("bar", BARS)
def test_the_recorded_full_run_meets(bar):
    least, largest = BARS[bar]
    assert least <= RECORDED["values"][bar] <= largest


def test_the_record_is_of_the_seed_that_nobody_tuned_on():
    assert RECORDED["seed"] == drawn_bars.FRESH


def test_the_numbers_of_the_classes_are_theirs():
    torchvision = pytest.importorskip("torchvision.models")
    names = torchvision.ResNet18_Weights.DEFAULT.meta["categories"]
    assert [names[number] for number in drawn_bars.NUMBERS] == list(drawn.CLASSES)


def test_a_histogram_counts_each_pixel_twice():
    images = np.zeros((1, 3, 2, 2), np.uint8)
    images[0, 0, 0, 0] = 255  # one red pixel, three black
    row = colours(images)[0]
    assert (row[0], row[48]) == (0.75, 0.25)
    assert row.sum() == 4
    assert row[64 + 15] == 0.25
