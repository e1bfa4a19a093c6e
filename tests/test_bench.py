"""The benchmark compares like with like; it is never a timed test."""

import numpy as np
import pytest
import torch

from helpers.networks import NETWORKS
from tools import bench

TWINS = [name for name, row in NETWORKS.items() if row.torchvision]


def test_the_two_take_turns_and_the_one_that_begins_changes(monkeypatch):
    order, clock = [], iter(range(1000))
    monkeypatch.setattr(bench.time, "perf_counter", lambda: next(clock))
    found = bench.ratios(lambda: order.append("ours"), lambda: order.append("theirs"), 4)
    assert found.tolist() == [1, 1, 1, 1]
    assert order[:4] == ["theirs", "ours", "ours", "theirs"]
    assert len(order) == 2 * (4 + 2)


def test_the_interval_holds_the_median_and_comes_from_the_order():
    assert bench.summary(np.arange(1, 31) / 10) == (
        "1.550 (95 % interval 1.000 to 2.100, 30 pairs)"
    )


@pytest.mark.parametrize("name", TWINS)
def test_twins_have_the_same_shapes_in_the_same_order(name):
    with torch.device("meta"):
        pair = bench.twins(name)
    shapes = [[tuple(v.shape) for v in n.state_dict().values()] for n in pair]
    assert shapes[0] == shapes[1]
