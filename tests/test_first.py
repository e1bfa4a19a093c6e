"""The first network's switches do what they say."""

import pytest
import torch
from torch import nn

from helpers.first import ACTIVATIONS, INITIALISATIONS, FirstNetwork
from tools import first as tool


def layers(network, kind):
    return [m for m in network.modules() if isinstance(m, kind)]


def test_parameters_are_those_derived_by_hand():
    convolutions = 16 * 28 + 32 * 145 + 64 * 289 + 64 * 577
    linear = 64 * 257 + 5 * 65
    assert sum(p.numel() for p in FirstNetwork(5).parameters()) == convolutions + linear


@pytest.mark.parametrize(
    ("start", "deviation"),
    [("he", (2 / 576) ** 0.5), ("xavier", (1 / 576) ** 0.5), ("small", 0.01), ("large", 0.5)],
)
def test_weights_have_the_deviation_of_their_start(start, deviation):
    torch.manual_seed(0)
    fourth = layers(FirstNetwork(5, initialisation=start), nn.Conv2d)[3]
    assert fourth.weight.std().item() == pytest.approx(deviation, rel=0.03)
    assert not fourth.bias.any()


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_is_the_one_asked_for_and_a_module_of_its_own(name):
    found = layers(FirstNetwork(5, activation=name), tuple(ACTIVATIONS.values()))
    assert [type(m) for m in found] == [ACTIVATIONS[name]] * 5
    assert not any(getattr(m, "inplace", False) for m in found)
    x = torch.linspace(-3, 3, 7)
    assert torch.equal(found[0](x), getattr(torch, name)(x))


def test_batch_norm_dropout_and_width_are_switched():
    assert not layers(FirstNetwork(5), nn.BatchNorm2d)
    switched = FirstNetwork(5, batch_norm=True, dropout=0.5, width=4)
    assert [m.num_features for m in layers(switched, nn.BatchNorm2d)] == [4, 8, 16, 16]
    assert [m.p for m in layers(switched, nn.Dropout)] == [0.5]


def test_any_size_gives_logits_and_the_gradient_reaches_the_first_layer():
    for size in (16, 32, 50):
        network = FirstNetwork(7)
        logits = network(torch.randn(2, 3, size, size))
        assert logits.shape == (2, 7)
        logits.square().sum().backward()
        assert network.features[0].weight.grad.any()


@pytest.mark.parametrize("switch", ["activation", "initialisation"])
def test_an_unknown_choice_gets_the_list(switch):
    known = {"activation": ACTIVATIONS, "initialisation": INITIALISATIONS}[switch]
    with pytest.raises(ValueError, match="Known: " + ", ".join(known)):
        FirstNetwork(5, **{switch: "none"})


def test_every_run_of_the_record_shows_about_as_many_pictures():
    for pictures in (k * n for k in tool.CLASSES for n in tool.PICTURES):
        assert tool.recipe(pictures).epochs * pictures == pytest.approx(240 * 32, rel=0.05)
