import pytest
import torch

from helpers import metrics

LOGITS = torch.tensor([[3.0, 2, 1], [1, 3, 2], [1, 2, 3], [3, 2, 1]])
LABELS = torch.tensor([0, 2, 2, 1])


def test_top_k_accuracy_counts_the_k_best():
    assert [metrics.top_k_accuracy(LOGITS, LABELS, k) for k in (1, 2, 5)] == [0.5, 1.0, 1.0]


def test_macro_f1_is_the_mean_over_classes_also_those_never_predicted():
    # class 0: precision 1/2, recall 1; class 1: none right; class 2: precision 1, recall 1/2
    assert metrics.macro_f1(LOGITS, LABELS) == pytest.approx((2 / 3 + 0 + 2 / 3) / 3)


def test_wilsons_interval_of_348_right_in_500():
    low, high = metrics.interval(348 / 500, 500)
    assert (round(low, 3), round(high, 3)) == (0.654, 0.735)


def test_a_share_is_said_with_its_interval():
    assert metrics.with_interval(348 / 500, 500) == "69.6% of 500 (65.4% to 73.5%)"


def test_wilsons_interval_stays_inside_zero_and_one():
    assert metrics.interval(0.0, 20)[0] == 0
    assert metrics.interval(1.0, 20)[1] == pytest.approx(1)
    assert metrics.interval(1.0, 20)[1] <= 1


def test_the_pointing_game_asks_for_the_peak_with_tolerance_in_pixels():
    masks = torch.zeros(1, 5, 5, dtype=torch.uint8)
    masks[0, 2, 2] = 1
    peak = torch.zeros(1, 5, 5)
    peak[0, 2, 4] = 1
    assert not metrics.pointing_game(peak, masks)[0]
    assert not metrics.pointing_game(peak, masks, tolerance=1)[0]
    assert metrics.pointing_game(peak, masks, tolerance=2)[0]


def test_the_interval_of_a_difference_is_welchs():
    # by hand: means 12 and 7, variances 4 and 1, so the error is sqrt(4/3 + 1/3) with
    # 2.94 degrees of freedom, whose 97.5 % point of t is 3.2196
    found = metrics.difference([10.0, 12.0, 14.0], [6.0, 7.0, 8.0])
    assert found == pytest.approx((5, 5 - 3.2196 * 1.2910, 5 + 3.2196 * 1.2910), abs=2e-3)
