import pytest
import torch
from torch import nn

from helpers import cost, networks, results


def narrow(name, **variant):
    return networks.build(name, 10, width=1 / 32, pool=1, hidden=(), **variant)


@pytest.mark.parametrize(("name", "layers"), [("vgg11", 11), ("vgg16_bn", 16), ("vgg19", 19)])
def test_the_name_counts_the_layers_with_weights(name, layers):
    with torch.device("meta"):
        found = networks.build(name).modules()
    assert sum(isinstance(m, nn.Conv2d | nn.Linear) for m in found) == layers


@pytest.mark.parametrize("name", ["vgg11", "vgg13", "vgg16", "vgg19"])
def test_one_large_kernel_sees_as_much_as_the_stack_that_it_replaces(name):
    stacked, single = narrow(name), narrow(name, stacked=False)
    assert sum(isinstance(m, nn.Conv2d) for m in single.modules()) == 5
    fields = [cost.receptive_field(n, n.features, 321) for n in (stacked, single)]
    assert fields[0] == fields[1]


def test_the_receptive_field_is_the_one_by_hand():
    field, step = 1, 1
    for count in (2, 2, 3, 3, 3):
        field, step = field + 2 * count * step + step, 2 * step  # the stack, then its pooling
    last_pooling = step // 2
    network = narrow("vgg16")
    assert cost.receptive_field(network, network.features, 321) == field - last_pooling == 196


def test_the_last_maps_are_7_by_7_at_224_pixels_so_that_pooling_changes_nothing():
    network = networks.build("vgg11", 10, width=1 / 32, hidden=())
    maps = network.head[0](network.features(torch.randn(1, 3, 224, 224)))
    assert maps.shape == (1, 16, 7, 7)
    assert torch.equal(network.head[1](maps), maps)


@pytest.mark.parametrize(
    ("budget", "pictures"), [("5", 400), ("20", 400), ("80", 400), ("all", 2000)]
)
def test_the_records_of_budgets_saw_as_many_pictures_as_the_chapter_says(budget, pictures):
    runs = results.load_all("vgg11_bn", f"budget-{budget}").values()
    assert [(run.seed, run.train.n) for run in runs] == [(s, pictures) for s in range(3)]


def test_without_hes_start_weights_are_pytorchs_own():
    torch.manual_seed(0)
    layer = narrow("vgg16", he_start=False).features[-2]
    bound = layer.weight[0].numel() ** -0.5
    assert 0.9 * bound < layer.weight.abs().max() <= bound
    assert layer.bias.any()


@pytest.mark.parametrize("name", ["vgg19", "vgg19_bn"])
def test_a_new_network_is_undecided_and_its_signal_survives_all_layers(name):
    torch.manual_seed(0)
    network = networks.build(name, 10, width=0.25, pool=1, hidden=(256,)).train()
    images = torch.randn(8, 3, 64, 64)
    assert network(images).abs().max() < 1
    assert 0.1 < network.features(images).std() < 10
