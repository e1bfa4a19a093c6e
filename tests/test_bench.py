"""The benchmark compares like with like; it is never a timed test."""

import subprocess
import sys

import numpy as np
import pytest
import torch

from helpers import results
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


# A process of its own, because the allocator stays changed. A block is filled, freed and counted:
# each run's own peak, also where the one before was larger; then a step with 64 MiB of weights.
PEAKS = """
import torch
from helpers import allocator
from tools import bench

assert allocator.give_back()
for mib in (8, 64, 8, 64):
    print(bench.peak_mib(lambda: torch.ones(mib * 2**18).sum()))
network = torch.nn.Linear(4096, 4096)
work = bench.step(network, torch.ones(1, 4096))
work()
print(bench.peak_mib(work))
assert network.weight.grad is None
"""


@pytest.mark.skipif(not bench.MARK.exists(), reason="no mark of memory to set back here")
def test_peak_memory_is_each_runs_own_and_holds_what_was_freed_and_the_gradients():
    ran = subprocess.run([sys.executable, "-c", PEAKS], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    found = [float(line) for line in ran.stdout.split()]
    assert found == pytest.approx([8, 64, 8, 64, 64], abs=4)


def test_a_ratio_is_ours_by_theirs():
    assert bench.ratios(lambda: 3, lambda: 2, 2, lambda work: work()).tolist() == [1.5, 1.5]


def test_without_the_mark_only_time_is_measured(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench, "MARK", tmp_path / "none")
    monkeypatch.setattr(bench, "twins", lambda name: (torch.nn.Linear(2, 2), torch.nn.Linear(2, 2)))
    assert list(bench.measured(["toy"], torch.ones(1, 2), 6)) == ["time"]
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


def test_a_record_of_some_networks_alone_is_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["bench", "resnet18", "--keep"])
    with pytest.raises(SystemExit):
        bench.main()
    assert "the others would be lost" in capsys.readouterr().err


def test_the_record_holds_every_network_and_none_takes_more_than_a_twentieth_more():
    record = results.measurement("network-speed")
    assert list(record["ratios"]) == ["peak memory", "time"]
    for quantity, by_network in record["ratios"].items():
        assert list(by_network) == TWINS
        for name, works in by_network.items():
            assert list(works) == ["forward", "step"]
            for work, found in works.items():
                assert len(found["ratios"]) >= 30
                assert found["median"] == pytest.approx(np.median(found["ratios"]), abs=1e-3)
                assert found["median"] <= 1.05, f"{name}, {work}, {quantity}"
