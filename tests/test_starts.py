"""The record of starts says which networks begin to learn, and counts the steps."""

import json
import math

import pytest
import torch

from helpers.data import Part, Splits
from helpers.networks import NETWORKS
from tools import starts


def test_a_network_has_begun_when_its_last_losses_are_below_the_bar_on_average():
    bar = math.log(10) - starts.BELOW
    assert starts.begun([bar - 0.01] * starts.LAST, 10)
    assert not starts.begun([bar + 0.01] * starts.LAST, 10)
    assert not starts.begun([bar - 0.01] * (starts.LAST - 1), 10)
    assert starts.begun([9.0] + [bar - 0.01] * starts.LAST, 10)


def test_a_training_stops_at_its_last_step_and_gives_every_loss():
    images = torch.randint(256, (8, 3, 32, 32), dtype=torch.uint8)
    part = Part(images, torch.arange(8) % 2)
    found = starts.losses("resnet18", Splits("toy", part, part, part, ("a", "b")), steps=2)
    assert len(found) == 2
    assert all(math.isfinite(loss) for loss in found)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_network_of_the_table_has_begun_to_learn_as_the_record_says(name):
    record = json.loads(starts.RECORD.read_text())["networks"]
    assert name in record, f"run `python -m tools.starts`, which trains {name} and records it"
    said = record[name]
    assert said["begun"]
    assert said["last_loss"] < math.log(10) - starts.BELOW
    assert said["steps"] <= starts.STEPS
