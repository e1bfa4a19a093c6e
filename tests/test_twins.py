"""With torchvision's weights, copied by position, our networks are torchvision's."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.func import functional_call

from helpers.networks import NETWORKS
from tools import bench

SHOWN = ["vgg19", "vgg19_bn", "googlenet", "resnet18", "resnet50", "resnext50_32x4d"]
EVERY = [
    pytest.param(name, marks=[pytest.mark.slow] if row.parameters > 1e8 else [])
    for name, row in NETWORKS.items()
    if row.torchvision
]
CASES = list(product((48, 53), (1, 3)))  # sizes in pixels, pictures in the batch
LAYERS = (nn.Conv2d, nn.BatchNorm2d, nn.Linear, nn.MaxPool2d)
POOL = torch.randn(1_000_003, dtype=torch.double, generator=torch.Generator().manual_seed(0))


def twins(name):
    """Ours and torchvision's, shapes without values; both take the values of `drawn`."""
    with torch.device("meta"):
        return bench.twins(name)


def spread(weight):
    """He's standard deviation: values keep their size from layer to layer."""
    return (2 / weight[0].numel()) ** 0.5


def drawn(name):
    """A value for each entry of the state, in order: batch norm's scales, shifts, means too."""
    generator = torch.Generator().manual_seed(1)

    def value(key, like):
        if not like.is_floating_point():
            return torch.zeros_like(like, device="cpu")
        start, n = int(torch.randint(len(POOL) // 2, (), generator=generator)), like.numel()
        x = POOL[start:][:n]
        kinds = {"running_var": 0.5 + x.abs(), "weight": 0.5 + 0.1 * x}
        x = kinds.get(key.rpartition(".")[2], 0.1 * x) if like.dim() == 1 else x * spread(like)
        return x.repeat(-(-n // len(x)))[:n].view(like.shape)

    return [value(key, like) for key, like in twins(name)[1].state_dict().items()]


@pytest.fixture(scope="module", params=SHOWN)
def named_values(request):
    return request.param, drawn(request.param)


def pictures(size, n, dtype=torch.double):
    return torch.randn(n, 3, size, size, generator=torch.Generator().manual_seed(size)).to(dtype)


def run(network, values, images, *, training=False, dropout=True):
    """Outputs, the layers' kinds and shapes as they ran, and the buffers afterwards."""
    state = dict(zip(network.state_dict(), values, strict=True))
    buffers = [name for name, _ in network.named_buffers()]
    state |= {name: state[name].clone() for name in buffers}
    ran = []
    for module in network.train(training).modules():
        if isinstance(module, LAYERS):
            module.register_forward_hook(lambda m, _, out: ran.append((type(m), out.shape)))
        if isinstance(module, nn.Dropout) and not dropout:
            module.p = 0.0
    torch.manual_seed(0)
    with torch.no_grad():
        outputs = functional_call(network, state, (images,))
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return outputs, ran, [state[name] for name in buffers]


def assert_equal(named_values, images, tolerance=1e-10, **mode):
    name, values = named_values
    values = [v.to(images.dtype) if v.is_floating_point() else v for v in values]
    ours, theirs = (run(network, values, images, **mode) for network in twins(name))
    logits, *auxiliaries = theirs[0]  # torchvision's last auxiliary comes first
    close = {"rtol": tolerance, "atol": tolerance}
    torch.testing.assert_close(ours[0], (logits, *reversed(auxiliaries)), **close)
    assert ours[1] == theirs[1]
    torch.testing.assert_close(ours[2], theirs[2], **close)


@pytest.mark.slow
@pytest.mark.parametrize(("size", "n"), CASES)
def test_logits_and_shapes_are_torchvisions(named_values, size, n):
    assert_equal(named_values, pictures(size, n))


@pytest.mark.slow
@pytest.mark.parametrize(("size", "n"), CASES)
def test_logits_are_torchvisions_in_single_precision(named_values, size, n):
    assert_equal(named_values, pictures(size, n, torch.float), 1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("dropout", [False, True])
@pytest.mark.parametrize(("size", "n"), CASES)
def test_training_is_torchvisions(named_values, size, n, dropout):
    assert_equal(named_values, pictures(size, n), training=True, dropout=dropout)


@pytest.mark.parametrize("name", EVERY)
def test_every_twins_logits_are_torchvisions(name):
    assert_equal((name, drawn(name)), pictures(67, 1))
