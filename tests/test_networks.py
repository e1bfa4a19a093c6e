import pytest
import torch
import torchvision
from torch._subclasses.fake_tensor import FakeTensorMode

from helpers import networks
from helpers.networks import NETWORKS

EVERY = pytest.mark.parametrize("name", NETWORKS)


def small(name):
    return networks.build(name, 10, **NETWORKS[name].small)


@EVERY
def test_the_published_form_has_the_published_number_of_parameters(name):
    with torch.device("meta"):
        network = networks.build(name)
    assert sum(p.numel() for p in network.parameters()) == NETWORKS[name].parameters


@pytest.mark.parametrize("name", [n for n, row in NETWORKS.items() if row.torchvision])
def test_torchvisions_weights_give_torchvisions_logits(name):
    theirs = torchvision.models.get_model(NETWORKS[name].torchvision, weights=None).double().eval()
    ours = networks.build(name, **NETWORKS[name].twin).double().eval()
    values = theirs.state_dict().values()
    ours.load_state_dict(dict(zip(ours.state_dict(), values, strict=True)))
    images = torch.randn(2, 3, 224, 224, dtype=torch.double)
    torch.testing.assert_close(ours(images), theirs(images), rtol=1e-10, atol=1e-10)


@EVERY
def test_each_activation_is_its_own_module_and_leaves_its_input_alone(name):
    relus = [m for m in small(name).modules() if isinstance(m, torch.nn.ReLU)]
    assert relus
    assert not any(relu.inplace for relu in relus)
    calls = []
    network = small(name).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.ReLU):
            module.register_forward_hook(lambda m, *_: calls.append(id(m)))
    network(torch.zeros(1, 3, 112, 112))
    assert len(calls) == len(set(calls)) == len(relus)


@EVERY
def test_nothing_stays_on_the_cpu_when_the_network_is_on_a_gpu(name):
    with FakeTensorMode(), torch.device("cuda"):
        network = networks.build(name, 10, **NETWORKS[name].small).eval()
        assert network(torch.zeros(2, 3, 112, 112)).device.type == "cuda"


def assert_smallest(network, smallest):
    assert network(torch.zeros(1, 3, smallest, smallest)).shape == (1, 10)
    with pytest.raises(ValueError, match=f"at least {smallest} by {smallest} pixels"):
        network(torch.zeros(1, 3, smallest - 1, smallest))


@EVERY
def test_the_smallest_picture_of_the_table_works_and_a_smaller_one_gets_a_sentence(name):
    assert_smallest(networks.build(name, 10).eval(), NETWORKS[name].smallest)


def test_alexnets_one_tower_form_takes_smaller_pictures_since_it_pads():
    network = networks.build("alexnet", 10, variant="torchvision", hidden=(8,)).eval()
    assert_smallest(network, 63)


def test_alexnets_adaptive_pooling_changes_nothing_at_227_pixels():
    network = networks.build("alexnet", 10, hidden=(8,)).eval()
    with torch.no_grad():
        maps = network.head[0](network.features(torch.randn(1, 3, 227, 227)))
    assert maps.shape == (1, 256, 6, 6)
    assert torch.equal(network.head[1](maps), maps)


def test_alexnets_response_normalisation_is_the_papers():
    response = next(m for m in networks.build("alexnet", 10, hidden=()).modules()
                    if isinstance(m, torch.nn.LocalResponseNorm))  # fmt: skip
    x = torch.arange(1.0, 8).view(1, 7, 1, 1)
    around = sum(i**2 for i in (2, 3, 4, 5, 6))
    assert response(x)[0, 3, 0, 0].item() == pytest.approx(4 / (2 + 1e-4 * around) ** 0.75)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"name": "alexnett"}, "did you mean 'alexnet'?"),
        ({"name": "alexnet", "variant": "papers"}, "no variant of alexnet 'papers'"),
        ({"name": "alexnet", "num_classes": 0}, "num_classes must be 1 or more, got 0"),
    ],
)
def test_a_wrong_name_gets_a_sentence(asked, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        networks.build(**asked)
