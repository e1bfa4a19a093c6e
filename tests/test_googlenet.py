import pytest
import torch
from torch import nn

from helpers import networks
from helpers.networks import googlenet

# table 1, column "params" in K; counted without biases
TABLE = {"3a": 159, "3b": 380, "4a": 364, "4b": 437, "4c": 463, "4d": 580, "4e": 840,
         "5a": 1072, "5b": 1388}  # fmt: skip


def parameters(module):
    return sum(p.numel() for p in module.parameters())


def published(**variant):
    with torch.device("meta"):
        return networks.build("googlenet", **variant)


def stem():
    """Weights and channels of the three convolutions before the inceptions."""
    return 3 * 64 * 7 * 7 + 64 * 64 + 64 * 192 * 3 * 3, 64 + 64 + 192


def inceptions():
    """Name -> weights and channels, from the rows of the table."""
    inputs = {"3a": 192, "3b": 256, "4a": 480, "4b": 512, "4c": 512, "4d": 512, "4e": 528,
              "5a": 832, "5b": 832}  # fmt: skip
    for name, row in googlenet.INCEPTIONS.items():
        one, reduce3, three, reduce5, five, projected = row
        pointwise = inputs[name] * (one + reduce3 + reduce5 + projected)
        yield name, pointwise + 9 * reduce3 * three + 25 * reduce5 * five, sum(row)


def by_hand(values_a_channel):
    """Parameters of the classifier and of one more with each auxiliary."""
    weights, channels = stem()
    for _, more, wider in inceptions():
        weights, channels = weights + more, channels + wider
    own = weights + values_a_channel * channels + 1024 * 1000 + 1000
    auxiliary = [
        inputs * 128 + values_a_channel * 128 + 2048 * 1024 + 1024 + 1024 * 1000 + 1000
        for inputs in (512, 528)
    ]
    return own, own + sum(auxiliary)


@pytest.mark.parametrize(("batch_norm", "values_a_channel"), [(False, 1), (True, 2)])
def test_the_parameters_are_those_by_hand(batch_norm, values_a_channel):
    own, all_three = by_hand(values_a_channel)
    assert parameters(published(batch_norm=batch_norm, auxiliaries=False)) == own
    assert parameters(published(batch_norm=batch_norm)) == all_three


def test_without_batch_norm_they_are_the_figures_of_the_published_form():
    assert by_hand(values_a_channel=1) == (6_998_552, 13_378_280)


def test_the_papers_table_counts_weights_in_units_of_1024_and_is_rough():
    ours = {name: weights / 1024 for name, weights, _ in inceptions()}
    assert ours["3a"] == pytest.approx(TABLE["3a"], abs=1)
    assert ours["3b"] == pytest.approx(TABLE["3b"], abs=1)
    assert {name: round(ours[name] / TABLE[name], 1) for name in TABLE} == {
        **dict.fromkeys(TABLE, 1.0),
        "4c": 1.1,
        "5a": 0.9,
    }
    assert sum(ours.values()) == pytest.approx(sum(TABLE.values()), rel=0.01)


@pytest.fixture(scope="module")
def narrow():
    torch.manual_seed(0)
    return networks.build("googlenet", 10, width=0.25)


def test_auxiliaries_answer_in_training_only(narrow):
    images = torch.randn(2, 3, 64, 64)
    assert [tuple(x.shape) for x in narrow.train()(images)] == [(2, 10)] * 3
    assert narrow.eval()(images).shape == (2, 10)
    alone = networks.build("googlenet", 10, width=0.25, auxiliaries=False).train()
    assert alone(images).shape == (2, 10)


def test_an_auxiliarys_loss_reaches_only_the_layers_before_it(narrow):
    narrow.zero_grad()
    _, first, second = narrow.train()(torch.randn(2, 3, 64, 64))
    first.logsumexp(1).sum().backward()
    reached = {n for n, p in narrow.features.named_parameters() if p.grad is not None}
    assert {n.split(".")[0] for n in reached} == {
        "stem",
        "inception3a",
        "inception3b",
        "inception4a",
    }
    assert second.shape == first.shape


def test_the_last_maps_are_7_by_7_at_224_pixels(narrow):
    with torch.device("meta"):
        network = networks.build("googlenet")
    assert network.features(torch.zeros(1, 3, 224, 224, device="meta")).shape == (1, 1024, 7, 7)


def test_torchvisions_form_has_no_5_by_5_kernel_and_ours_has_one_in_each_inception():
    kernels = {
        variant: sum(
            isinstance(m, nn.Conv2d) and m.kernel_size == (5, 5)
            for m in published(variant=variant).modules()
        )
        for variant in googlenet.FORMS
    }
    assert kernels == {"paper": 9, "torchvision": 0}
