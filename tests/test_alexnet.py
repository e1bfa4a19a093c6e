import pytest
import torch

from helpers import networks


def test_the_one_tower_form_takes_smaller_pictures_since_it_pads():
    network = networks.build("alexnet", 10, variant="torchvision", hidden=(8,)).eval()
    assert network(torch.zeros(1, 3, 63, 63)).shape == (1, 10)
    with pytest.raises(ValueError, match="at least 63 by 63 pixels, got 62 by 63"):
        network(torch.zeros(1, 3, 62, 63))


def test_adaptive_pooling_changes_nothing_at_227_pixels():
    network = networks.build("alexnet", 10, hidden=(8,)).eval()
    with torch.no_grad():
        maps = network.head[0](network.features(torch.randn(1, 3, 227, 227)))
    assert maps.shape == (1, 256, 6, 6)
    assert torch.equal(network.head[1](maps), maps)


def test_response_normalisation_is_the_papers():
    response = next(m for m in networks.build("alexnet", 10, hidden=()).modules()
                    if isinstance(m, torch.nn.LocalResponseNorm))  # fmt: skip
    x = torch.arange(1.0, 8).view(1, 7, 1, 1)
    around = sum(i**2 for i in (2, 3, 4, 5, 6))
    assert response(x)[0, 3, 0, 0].item() == pytest.approx(4 / (2 + 1e-4 * around) ** 0.75)
