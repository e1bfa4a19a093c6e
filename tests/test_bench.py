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


LINUX = pytest.mark.skipif(not bench.MARK.exists(), reason="no mark of memory to set back here")


@LINUX
def test_peak_memory_is_each_runs_own_and_counts_what_was_freed_before_the_end():
    def fill(mib):
        return lambda: torch.ones(mib * 2**18).sum()

    found = [bench.measured(fill(mib))[1] for mib in (8, 64, 8, 64)]
    assert found == pytest.approx([8, 64, 8, 64], abs=4)


@LINUX
def test_the_memory_of_a_step_holds_the_gradients():
    network = torch.nn.Linear(4096, 4096)  # 64 MiB of weights
    work = bench.step(network, torch.ones(1, 4096))
    work()
    assert bench.measured(work)[1] == pytest.approx(64, abs=4)
    assert network.weight.grad is None


def test_a_ratio_is_ours_by_theirs_in_each_quantity():
    found = bench.ratios(lambda: [3, 8], lambda: [2, 2], 2, lambda work: np.array(work()))
    assert found.tolist() == [[1.5, 4.0]] * 2


def test_without_the_mark_only_time_is_printed(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "MARK", tmp_path / "none")
    monkeypatch.setattr(bench, "twins", lambda name: (torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)))
    bench.compare("toy", torch.ones(1, 2), 6)
    assert capsys.readouterr().out.count("toy, ") == 2


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
