"""The table: every network builds, runs, is stored and is converted alike."""

import copy
from functools import cache

import pytest
import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from helpers import networks
from helpers.networks import NETWORKS

EVERY = pytest.mark.parametrize("name", NETWORKS)


def on_meta(name, num_classes=1000, **variant):
    """Shapes without values: even the largest network is built at once."""
    with torch.device("meta"):
        return networks.build(name, num_classes, **variant)


@cache
def tiny(name):
    torch.manual_seed(0)
    return networks.build(name, 10, **NETWORKS[name].tiny).eval()


@cache
def pictures():
    return torch.randn(2, 3, 67, 67, generator=torch.Generator().manual_seed(0))


@cache
def logits(name):
    with torch.no_grad():
        return tiny(name)(pictures())


def assert_near(got, name, share):
    """The logits of the table's member, to within a share of the largest."""
    wanted = logits(name)
    atol = share * wanted.abs().max().item()
    torch.testing.assert_close(got.float(), wanted, rtol=0, atol=atol)


@cache
def exported(name):
    return torch.export.export(tiny(name), (pictures(),))


@EVERY
def test_the_published_form_has_the_published_number_of_parameters(name):
    assert sum(p.numel() for p in on_meta(name).parameters()) == NETWORKS[name].parameters


@EVERY
def test_logits_are_the_head_of_the_features(name):
    network = tiny(name)
    assert torch.equal(network.head(network.features(pictures())), logits(name))


class Rectified(TorchDispatchMode):
    """Counts every ReLU that runs, whoever calls it."""

    count = 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        self.count += function.overloadpacket in (torch.ops.aten.relu, torch.ops.aten.relu_)
        return function(*args, **(kwargs or {}))


@EVERY
@pytest.mark.parametrize("member", ["small", "tiny"])
def test_each_activation_is_its_own_module_and_leaves_its_input_alone(name, member):
    network = on_meta(name, 10, **getattr(NETWORKS[name], member)).train()
    relus = [m for m in network.modules() if isinstance(m, nn.ReLU)]
    assert relus
    assert not any(relu.inplace for relu in relus)
    calls = []
    for relu in relus:
        relu.register_forward_hook(lambda m, *_: calls.append(id(m)))
    with Rectified() as rectified:
        network(torch.zeros(2, 3, 112, 112, device="meta"))
    assert rectified.count == len(calls) == len(set(calls)) == len(relus)


@EVERY
def test_the_packaged_member_is_three_megabytes_at_most_in_half_precision(name):
    values = on_meta(name, 10, **NETWORKS[name].tiny).state_dict().values()
    assert 2 * sum(v.numel() for v in values) < 3e6


@EVERY
def test_nothing_stays_on_the_cpu_when_the_network_is_on_a_gpu(name):
    with FakeTensorMode(), torch.device("cuda"):
        network = networks.build(name, 10, **NETWORKS[name].small).eval()
        assert network(torch.zeros(2, 3, 112, 112)).device.type == "cuda"


@EVERY
@pytest.mark.slow
def test_the_graph_is_captured_whole(name):
    torch.compiler.reset()
    captured = torch.compile(tiny(name), fullgraph=True, backend="eager")
    assert torch.equal(captured(pictures()), logits(name))


@EVERY
@pytest.mark.slow
def test_the_network_is_exported(name):
    assert torch.equal(exported(name).module()(pictures()), logits(name))


@EVERY
@pytest.mark.slow
def test_the_network_becomes_a_valid_onnx_file(name, tmp_path):
    import onnx
    from onnx.reference import ReferenceEvaluator

    torch.onnx.export(exported(name), (), tmp_path / "network.onnx", verbose=False)
    model = onnx.load(tmp_path / "network.onnx")
    onnx.checker.check_model(model, full_check=True)
    (output,) = ReferenceEvaluator(model).run(None, {model.graph.input[0].name: pictures().numpy()})
    assert_near(torch.from_numpy(output), name, 1e-4)


@EVERY
def test_stored_and_copied_weights_give_the_same_logits(name, tmp_path):
    torch.save(tiny(name).state_dict(), tmp_path / "weights.pt")
    other = networks.build(name, 10, **NETWORKS[name].tiny).eval()
    assert not torch.equal(other(pictures()), logits(name))
    networks.load_state(other, torch.load(tmp_path / "weights.pt", weights_only=True))
    assert torch.equal(other(pictures()), logits(name))
    assert torch.equal(copy.deepcopy(other)(pictures()), logits(name))


@EVERY
def test_channels_last_and_half_precision_say_nearly_the_same(name):
    network = copy.deepcopy(tiny(name)).to(memory_format=torch.channels_last)
    images = pictures().to(memory_format=torch.channels_last)
    with torch.no_grad():
        assert_near(network(images), name, 1e-4)
        for dtype, share in ((torch.float16, 0.01), (torch.bfloat16, 0.03)):
            half = copy.deepcopy(network).to(dtype)(images.to(dtype))
            assert half.dtype == dtype
            assert_near(half, name, share)


@EVERY
def test_the_smallest_picture_of_the_table_works_and_a_smaller_one_gets_a_sentence(name):
    network, smallest = on_meta(name, 10).eval(), NETWORKS[name].smallest
    assert network(torch.zeros(1, 3, smallest, smallest, device="meta")).shape == (1, 10)
    with pytest.raises(ValueError, match=f"at least {smallest} by {smallest} pixels"):
        network(torch.zeros(1, 3, smallest - 1, smallest, device="meta"))


@EVERY
def test_what_is_no_batch_of_pictures_gets_a_sentence(name):
    for shape in [(0, 3, 112, 112), (3, 112, 112), (2, 1, 112, 112)]:
        with pytest.raises(ValueError, match="at least one picture, got shape"):
            on_meta(name, 10)(torch.zeros(shape, device="meta"))


@pytest.mark.parametrize(("name", "size"), [("resnet18", 32), ("googlenet", 32)])
def test_one_picture_with_maps_of_one_value_cannot_train_batch_norm(name, size):
    network = copy.deepcopy(tiny(name)).train()
    with pytest.raises(ValueError, match="use a batch of 2 or more"):
        network(torch.zeros(1, 3, size, size))
    network(torch.zeros(2, 3, size, size))
    network(torch.zeros(1, 3, 2 * size, 2 * size))
    network.eval()(torch.zeros(1, 3, size, size))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"name": "alexnett"}, "did you mean 'alexnet'?"),
        ({"name": "alexnet", "variant": "papers"}, "no variant of alexnet 'papers'"),
        ({"name": "googlenet", "variant": "caffe"}, "Known: paper, torchvision"),
        ({"name": "resnet18", "cardinality": 32}, "no option of resnet18 'cardinality'"),
        ({"name": "vgg11", "widht": 0.5}, "did you mean 'width'?"),
        ({"name": "alexnet", "num_classes": 0}, "num_classes must be 1 or more, got 0"),
    ],
)
def test_a_wrong_name_gets_a_sentence(asked, message):
    with pytest.raises(ValueError, match=message.replace("?", r"\?")):
        networks.build(**asked)


def changed(state, **changes):
    """The state with other shapes; a shape of None takes the name away."""
    state = state | {k.replace("__", "."): v for k, v in changes.items()}
    return {k: v for k, v in state.items() if v is not None}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"head__3__weight": torch.zeros(5, 256), "head__3__bias": torch.zeros(5)},
            r"head.3.weight has shape \(10, 256\) in the network and \(5, 256\) in the weights",
        ),
        ({"head__3__bias": None}, r"head.3.bias has shape \(10,\) in the network and none in"),
        ({"extra": torch.zeros(2)}, r"extra has shape none in the network and \(2,\) in"),
    ],
)
def test_weights_that_do_not_fit_name_the_first_that_differs(changes, message):
    network = networks.build("googlenet", 10, width=0.25, auxiliaries=False)
    state = network.state_dict()
    with pytest.raises(ValueError, match=f"do not fit this GoogLeNet: {message}"):
        networks.load_state(network, changed(state, **changes))
