import pytest
import torch
from torch import nn

from helpers import cost, networks


def test_a_convolutions_cost_is_what_the_hand_derives():
    layer = nn.Sequential(nn.Conv2d(3, 96, 11, stride=4))
    row = cost.count(layer, 227).rows[0]
    assert row.parameters == 96 * 3 * 11 * 11 + 96
    assert row.macs == 55 * 55 * 96 * 3 * 11 * 11


def test_two_towers_halve_the_multiply_adds_of_a_convolution():
    one = cost.count(nn.Sequential(nn.Conv2d(3, 6, 5)), 8).macs
    three = cost.count(nn.Sequential(nn.Conv2d(3, 6, 5, groups=3)), 8).macs
    assert one == 3 * three


@pytest.mark.parametrize(
    ("name", "giga"),
    [("vgg16", 15.47), ("googlenet", 1.58), ("resnet18", 1.81), ("resnet50", 4.09)],
)
def test_published_networks_cost_what_is_known_of_them(name, giga):
    with torch.device("meta"):
        network = networks.build(name)
    assert cost.count(network, 224).macs == pytest.approx(giga * 1e9, abs=5e6)


def test_counting_leaves_out_what_only_training_uses():
    variants = [networks.build("googlenet", 10, width=0.25, auxiliaries=a) for a in (True, False)]
    with_auxiliaries, without = (cost.count(network, 64) for network in variants)
    assert with_auxiliaries == without
    assert with_auxiliaries.parameters == cost.parameters(variants[1])


def test_counting_covers_every_parameter_and_leaves_the_mode():
    network = networks.build("alexnet", 10, pool=3, hidden=(8,)).train()
    assert cost.count(network, 112).parameters == cost.parameters(network)
    assert network.training


@pytest.mark.parametrize(
    ("layers", "field"),
    [
        ([nn.Conv2d(3, 4, 5)], 5),
        ([nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 4, 3)], 5),
        ([nn.Conv2d(3, 4, 3, dilation=2)], 5),
        ([nn.Conv2d(3, 4, 11, stride=4), nn.ReLU(), nn.MaxPool2d(3, 2)], 19),
    ],
)
def test_the_measured_receptive_field_is_the_one_by_hand(layers, field):
    network = nn.Sequential(*layers)
    assert cost.receptive_field(network, network[-1], 63) == field


def test_a_field_that_reaches_the_edge_is_refused():
    network = nn.Sequential(nn.Conv2d(3, 1, 9))
    with pytest.raises(ValueError, match="take a larger size"):
        cost.receptive_field(network, network[0], 9)


def test_measuring_the_field_leaves_the_network_alone():
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.MaxPool2d(2))
    before = network[0].weight.clone()
    cost.receptive_field(network, network[1], 31)
    assert torch.equal(network[0].weight, before)
    assert isinstance(network[1], nn.MaxPool2d)
