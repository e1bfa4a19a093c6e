import pytest
import torch
from torch import nn

from helpers import explain, plots


class MeanPixel(nn.Module):
    """Its one feature map is the first channel, its one logit the mean of it."""

    def __init__(self, sign=1.0):
        super().__init__()
        self.features = nn.Conv2d(3, 1, 1, bias=False)
        self.features.weight.data = torch.tensor([sign, 0, 0]).view(1, 3, 1, 1)
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())

    def forward(self, images):
        return self.head(self.features(images))


def test_grad_cam_of_a_mean_pixel_network_is_a_sixteenth_of_the_picture():
    images = torch.rand(2, 3, 4, 4)
    heat = explain.grad_cam(MeanPixel(), images, 0, scale=None)
    torch.testing.assert_close(heat, images[:, 0] / 16)


class TwoMaps(nn.Module):
    """The first two channels are its maps; logits are weighted sums of their means."""

    def __init__(self, *weights):
        super().__init__()
        self.features = nn.Conv2d(3, 2, 1, bias=False)
        self.features.weight.data = torch.eye(3)[:2, :, None, None]
        self.head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2, len(weights)))
        self.head[-1].weight.data = torch.tensor(weights)

    def forward(self, images):
        return self.head(self.features(images))


def test_cam_is_the_maps_weighted_as_the_class_weights_them():
    images = torch.rand(2, 3, 4, 4)
    heat = explain.cam(TwoMaps([1.0, 0.0], [-1.0, 2.0]), images, torch.tensor([1, 0]), scale=None)
    torch.testing.assert_close(heat[0], 2 * images[0, 1] - images[0, 0])
    torch.testing.assert_close(heat[1], images[1, 0])


def test_the_mean_of_a_cam_and_the_bias_are_the_logit():
    network, images = TwoMaps([0.5, 3.0]), torch.rand(2, 3, 4, 4)
    heat = explain.cam(network, images, 0, scale=None)
    logits = heat.mean((1, 2)) + network.head[-1].bias
    torch.testing.assert_close(logits, network(images)[:, 0])


def test_cam_is_grad_cam_times_the_number_of_places():
    network, images = TwoMaps([0.5, 3.0]).train(), torch.rand(2, 3, 4, 4)
    heat = explain.cam(network, images, 0, scale=None)
    assert network.training
    torch.testing.assert_close(heat, 16 * explain.grad_cam(network, images, 0, scale=None))


def test_cam_refuses_a_head_that_does_not_average():
    network = TwoMaps([0.5, 3.0])
    network.head[0] = nn.AdaptiveMaxPool2d(1)
    with pytest.raises(ValueError, match="grad_cam takes any head"):
        explain.cam(network, torch.rand(1, 3, 4, 4), 0)


@pytest.mark.parametrize("size", [(5, 7), (6, 4)])
def test_the_centre_is_one_in_the_middle_and_nothing_in_the_corners(size):
    height, width = size
    heat = explain.centre(torch.zeros(2, 3, *size))
    assert heat.shape == (2, *size)
    peak = heat[1].argmax().item()
    assert abs(peak // width - (height - 1) / 2) <= 0.5
    assert abs(peak % width - (width - 1) / 2) <= 0.5
    assert heat[:, [0, 0, -1, -1], [0, -1, 0, -1]].abs().max() < 1e-6
    assert heat.min() > -1e-6
    if height % 2 and width % 2:
        assert heat.max() == 1


def test_scaled_by_picture_each_peak_is_one_and_by_batch_only_the_largest():
    images = torch.rand(3, 3, 4, 4)
    own = explain.grad_cam(MeanPixel(), images, 0).amax((1, 2))
    shared = explain.grad_cam(MeanPixel(), images, 0, scale="batch").amax((1, 2))
    torch.testing.assert_close(own, torch.ones(3))
    assert shared.max() == 1
    assert (shared < 1).sum() == 2


def test_a_map_without_a_positive_value_is_zeros_with_a_warning():
    with pytest.warns(UserWarning, match="1 heatmaps have no positive value"):
        heat = explain.grad_cam(MeanPixel(-1.0), torch.rand(1, 3, 4, 4), 0)
    assert heat.abs().sum() == 0


def test_grad_cam_leaves_the_network_in_its_mode():
    network = MeanPixel().train()
    explain.grad_cam(network, torch.rand(1, 3, 4, 4), 0)
    assert network.training


def test_overlay_keeps_the_grey_picture_where_the_map_is_zero():
    images = torch.full((1, 3, 2, 2), 90, dtype=torch.uint8)
    attribution = torch.tensor([[[0.0, 1], [0, 0]]])
    out = plots.overlay(images, attribution)
    assert out.dtype == torch.uint8
    assert (out[0, :, 1, 0] == 90).all()
    assert not (out[0, :, 0, 1] == 90).all()


def test_an_unknown_colour_map_is_refused_with_the_list():
    with pytest.raises(ValueError, match="Known: perceptual, classic"):
        plots.overlay(torch.zeros(1, 3, 2, 2), torch.zeros(1, 2, 2), colours="jett")
