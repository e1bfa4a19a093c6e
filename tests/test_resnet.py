import pytest
import torch
from torch import nn

from helpers import cost, networks


def parameters(network):
    return sum(p.numel() for p in network.parameters())


def published(name, **variant):
    with torch.device("meta"):
        return networks.build(name, **variant)


@pytest.mark.parametrize(("name", "layers"), [("resnet18", 18), ("resnet34", 34), ("resnet50", 50)])
def test_the_name_counts_the_layers_with_weights_of_the_plain_network(name, layers):
    plain = published(name, shortcut=False)
    assert sum(isinstance(m, nn.Conv2d | nn.Linear) for m in plain.modules()) == layers


def test_a_plain_network_lacks_only_the_projections():
    projections = [(64, 128), (128, 256), (256, 512)]
    by_hand = sum(inputs * outputs + 2 * outputs for inputs, outputs in projections)
    both = [parameters(published("resnet34", shortcut=s)) for s in (True, False)]
    assert both[0] - both[1] == by_hand


def test_a_block_whose_branch_gives_nothing_passes_its_input_on():
    network = networks.build("resnet18", 10, width=0.25).eval()
    block, x = network.features.conv2[0], torch.rand(2, 16, 8, 8)
    nn.init.zeros_(block.branch[-1].weight)
    assert torch.equal(block(x), x)
    block.shortcut = None
    assert not block(x).any()


def test_without_batch_norm_each_convolution_has_a_bias():
    network = published("resnet50", batch_norm=False)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in network.modules())
    assert all(m.bias is not None for m in network.modules() if isinstance(m, nn.Conv2d))


@pytest.mark.parametrize(("cardinality", "group_width"), [(2, 40), (4, 24), (8, 14), (32, 4)])
def test_cardinality_at_equal_cost_is_equal_within_five_percent(cardinality, group_width):
    one, many = (
        published("resnet50", **groups)
        for groups in ({}, {"cardinality": cardinality, "group_width": group_width})
    )
    assert parameters(many) == pytest.approx(parameters(one), rel=0.05)
    assert cost.count(many, 224).macs == pytest.approx(cost.count(one, 224).macs, rel=0.05)


def test_resnext_is_resnet_with_32_groups_of_4_channels():
    groups = {"cardinality": 32, "group_width": 4}
    shapes = [
        [(k, v.shape) for k, v in network.state_dict().items()]
        for network in (published("resnext50_32x4d"), published("resnet50", **groups))
    ]
    assert shapes[0] == shapes[1]
