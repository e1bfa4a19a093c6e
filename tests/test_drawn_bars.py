"""The drawn pictures keep their bars: the record of the full run, and a small sample here."""

import json

import numpy as np
import pytest

from helpers import data
from helpers.data import drawn
from tools import drawn_bars
from tools.drawn_bars import BARS, RECORD, colours

SAMPLE = 10  # pictures of a class: 100 pictures, two standard errors of a share of 0.9 are 0.06
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


def test_lite0_names_a_sample():
    network = drawn_bars.lite0()
    found = np.array([drawn_bars.named(network, label, SAMPLE, 1) for label in range(10)])
    assert found.mean(0)[0] >= 0.90 - 0.06
    assert found.mean(0)[1] >= 0.70 - 0.09


def test_colours_and_coarse_pixels_tell_little_of_a_sample():
    splits = data.load("drawn", size=64, per_class=40, seed=1)  # 120 pictures to test on
    assert drawn_bars.forest(splits.train, splits.test) < 0.42
    assert drawn_bars.logistic(splits.train, splits.test) < 0.45


def test_a_histogram_counts_each_pixel_twice():
    images = np.zeros((1, 3, 2, 2), np.uint8)
    images[0, 0, 0, 0] = 255  # one red pixel, three black
    row = colours(images)[0]
    assert (row[0], row[48]) == (0.75, 0.25)
    assert row.sum() == 4
    assert row[64 + 15] == 0.25
