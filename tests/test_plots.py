"""What the figures of the pages draw, read back from matplotlib's own objects."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from helpers import plots


@pytest.fixture
def axes(monkeypatch):
    """Calls a plot and gives the axes that it drew, closed afterwards."""
    monkeypatch.setattr(plt, "show", lambda: None)
    yield lambda draw, *arguments, **options: (draw(*arguments, **options), plt.gcf().axes)[1]
    plt.close("all")


def test_each_name_has_a_line_over_its_layers_on_a_logarithmic_axis(axes):
    values = {"plain": [1e-3, 1e-1, 10.0], "residual": [1.0, 2.0]}
    (axis,) = axes(plots.by_layer, values, "length of the gradient")
    assert axis.get_yscale() == "log"
    assert axis.get_ylabel() == "length of the gradient"
    for line, (name, numbers) in zip(axis.get_lines(), values.items(), strict=True):
        assert line.get_label() == name
        assert line.get_xdata().tolist() == list(range(1, len(numbers) + 1))
        assert line.get_ydata().tolist() == numbers
    assert len({line.get_linestyle() for line in axis.get_lines()}) == 2  # also without colours


def test_a_difference_is_a_dot_for_each_seed_and_a_bar_for_their_mean(axes):
    (axis,) = axes(plots.differences, {"tanh": [-1.0, 3.0], "lrn": [2.0, 4.0]}, "points")
    assert [bar.get_width() for bar in axis.patches] == [1.0, 3.0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["tanh", "lrn"]
    dots = [line.get_xdata() for line in axis.get_lines() if line.get_marker() == "o"]
    assert np.array_equal(dots, [[-1, 3], [2, 4]])


def test_heatmaps_stand_under_their_pictures_and_masks_under_them_in_white(axes):
    images = torch.randint(256, (2, 3, 4, 4), dtype=torch.uint8)
    heat = torch.rand(2, 4, 4)
    masks = torch.tensor([[[0, 2], [1, 0]], [[0, 0], [0, 3]]])
    masks = masks.repeat_interleave(2, 1).repeat_interleave(2, 2)
    drawn = axes(plots.heatmaps, images, heat, masks, ["a", "b"])
    white = torch.where(masks > 0, 255, 0)[:, None].expand_as(images)
    rows = [images, plots.overlay(images, heat), white]
    shown = np.stack([axis.images[0].get_array() for axis in drawn])
    assert np.array_equal(shown, torch.cat(rows).permute(0, 2, 3, 1))
    assert [axis.get_title() for axis in drawn] == ["a", "b", "", "", "", ""]


def test_several_heatmaps_are_a_row_each_under_its_name(axes):
    images, masks = torch.zeros(2, 3, 4, 4, dtype=torch.uint8), torch.zeros(2, 4, 4)
    heat = {"one": torch.zeros(2, 4, 4), "two": torch.ones(2, 4, 4)}
    drawn = axes(plots.heatmaps, images, heat, masks, ["a", "b"])
    assert [axis.get_title() for axis in drawn] == ["a", "b", "one", "", "two", "", "", ""]
    shown = [axis.images[0].get_array() for axis in drawn]
    assert np.array_equal(shown[5], plots.overlay(images, heat["two"])[1].permute(1, 2, 0))


@pytest.mark.parametrize("channels_first", [True, False])
def test_pictures_stand_in_rows_under_their_titles(axes, channels_first):
    images = torch.randint(256, (3, 8, 6, 3), dtype=torch.uint8)
    given = images.permute(0, 3, 1, 2) if channels_first else images
    drawn = axes(plots.pictures, given, ["a", "b"], columns=2)
    assert len(drawn) == 4
    assert [axis.get_title() for axis in drawn] == ["a", "b", "", ""]
    for axis, image in zip(drawn[:3], images, strict=True):
        assert np.array_equal(axis.images[0].get_array(), image)
    assert not drawn[3].images
