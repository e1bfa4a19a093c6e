import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from helpers import networks, results, train
from helpers.data import Part, Splits


def toy(n=40, size=8):
    """Two classes: dark pictures and light ones."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(n) % 2
    noise = torch.randint(0, 60, (n, 3, size, size), generator=generator)
    images = (noise + 150 * labels.view(-1, 1, 1, 1)).to(torch.uint8)
    part = Part(images, labels)
    return Splits("toy", part, part, part, ("dark", "light"))


def linear(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 2))


RECIPE = train.Recipe("test", epochs=4, batch_size=8, peak_rate=0.01)


def test_a_network_learns_dark_from_light():
    run = train.fit(linear(), toy(), RECIPE, device="cpu")
    assert run.test.top1_accuracy == 1.0
    assert run.curves["train_loss"][-1] < run.curves["train_loss"][0]
    assert len(run.curves["val_accuracy"]) == 4


def test_a_training_is_kept_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_RECORDS", str(tmp_path))
    run = train.fit(linear(), toy(), RECIPE, device="cpu")
    assert results.load(run.name, tmp_path).test == run.test


class Aided(nn.Module):
    """A linear network with an auxiliary classifier in train mode."""

    def __init__(self):
        super().__init__()
        self.own, self.auxiliary = linear(), linear(1)

    def forward(self, images):
        logits = self.own(images)
        return (logits, self.auxiliary(images)) if self.training else logits


def test_an_auxiliary_classifier_steers_with_three_tenths_of_its_loss():
    images, labels = torch.rand(8, 3, 8, 8), torch.arange(8) % 2
    network, alone = Aided(), Aided()
    training = train.Training(network.train(), toy(), RECIPE, 0, torch.device("cpu"), None)
    loss, _ = training._step(images, labels)
    own, auxiliary = (nn.functional.cross_entropy(x, labels) for x in alone.train()(images))
    (own + 0.3 * auxiliary).backward()
    assert loss == own.item()
    for stepped, by_hand in zip(network.parameters(), alone.parameters(), strict=True):
        torch.testing.assert_close(stepped.grad, by_hand.grad)


def test_a_network_with_an_auxiliary_classifier_is_trained_and_scored():
    run = train.fit(Aided(), toy(), RECIPE, device="cpu")
    assert run.test.top1_accuracy == 1.0


@pytest.mark.filterwarnings("ignore:the loss stays")
def test_a_record_says_what_was_built():
    network = networks.build("alexnet", 2, width=1 / 16, hidden=(), pool=1)
    pictures = torch.randint(256, (2, 3, 67, 67), dtype=torch.uint8)
    part = Part(pictures, torch.arange(2))
    splits = Splits("toy", part, part, part, ("one", "two"))
    run = train.fit(network, splits, replace(RECIPE, epochs=1), device="cpu")
    assert (run.network, run.variant) == ("alexnet", {"width": 1 / 16, "hidden": (), "pool": 1})


def test_the_same_seed_trains_the_same_network():
    one, two = (train.fit(linear(), toy(), RECIPE, device="cpu") for _ in range(2))
    assert one.curves == two.curves


def test_a_stopped_training_goes_on_as_if_it_had_not_stopped(tmp_path, monkeypatch):
    whole = train.fit(linear(), toy(), RECIPE, device="cpu")
    epoch = train.Training._epoch

    def stops_at_the_third(self, number):
        if number == 2:
            raise KeyboardInterrupt
        return epoch(self, number)

    monkeypatch.setattr(train.Training, "_epoch", stops_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        train.fit(linear(), toy(), RECIPE, device="cpu", checkpoint=tmp_path / "c.pt")
    monkeypatch.setattr(train.Training, "_epoch", epoch)
    resumed = train.fit(linear(1), toy(), RECIPE, device="cpu", checkpoint=tmp_path / "c.pt")
    assert resumed.curves == whole.curves


def test_a_checkpoint_cut_short_gets_a_sentence(tmp_path):
    path = tmp_path / "c.pt"
    train.fit(linear(), toy(), RECIPE, device="cpu", checkpoint=path)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ValueError, match=r"not a whole checkpoint .*delete it"):
        train.fit(linear(), toy(), RECIPE, device="cpu", checkpoint=path)


def test_a_checkpoint_of_another_recipe_is_refused(tmp_path):
    path = tmp_path / "c.pt"
    train.fit(linear(), toy(), RECIPE, device="cpu", checkpoint=path)
    with pytest.raises(ValueError, match="name another file"):
        train.fit(linear(), toy(), replace(RECIPE, epochs=5), device="cpu", checkpoint=path)


def test_a_checkpoint_of_another_network_names_the_first_difference(tmp_path):
    path, other = tmp_path / "c.pt", nn.Sequential(nn.Flatten(), nn.Linear(192, 3))
    train.fit(linear(), toy(), RECIPE, device="cpu", checkpoint=path)
    before = other[1].weight.clone()
    said = r"1.weight has shape \(3, 192\) in the network and \(2, 192\) in the weights"
    with pytest.raises(ValueError, match=f"c.pt: of another network: .*{said}.*delete the file"):
        train.fit(other, toy(), RECIPE, device="cpu", checkpoint=path)
    assert torch.equal(other[1].weight, before)


@pytest.mark.parametrize("wrong", [-1, -100, 2])
@pytest.mark.parametrize("where", ["train", "val"])
def test_a_label_out_of_range_gets_a_sentence(where, wrong):
    labels = torch.arange(40) % 2
    labels[7] = wrong
    splits = replace(toy(), **{where: Part(toy().train.images, labels)})
    with pytest.raises(ValueError, match=f"label {wrong} is out of range: .* 0 to 1; build it"):
        train.fit(linear(), splits, RECIPE, device="cpu")


def test_a_loss_that_is_not_a_number_stops_with_a_sentence():
    network = linear()
    nn.init.constant_(network[1].weight, math.nan)
    with pytest.raises(train.Stopped, match="smaller peak_rate"):
        train.fit(network, toy(), RECIPE, device="cpu")


def test_a_loss_that_stays_at_chance_is_said():
    network = linear()
    nn.init.zeros_(network[1].weight)
    nn.init.zeros_(network[1].bias)
    still = replace(RECIPE, peak_rate=0.0)
    with pytest.warns(UserWarning, match="stays at ln 2 = 0.693"):
        train.fit(network, toy(), still, device="cpu")


def test_the_rate_rises_to_its_peak_and_falls_to_nearly_nothing():
    rates = [RECIPE.rate(step / 100) for step in range(101)]
    assert max(rates) == RECIPE.peak_rate == rates[25]
    assert rates[0] < 0.05 * RECIPE.peak_rate
    assert rates[-1] < 0.001 * RECIPE.peak_rate


@pytest.mark.parametrize("name", ["gpu", "cuda:x"])
def test_an_unknown_device_is_refused_with_the_list(name):
    with pytest.raises(ValueError, match="Known: auto, cpu, cuda, mps"):
        train.pick_device(name)


def test_a_record_is_read_as_it_was_written(tmp_path):
    run = train.fit(linear(), toy(), RECIPE, device="cpu")
    path = results.save(run, tmp_path)
    assert path.name == "toy-sequential-test-cpu-s0.json"
    assert results.load(path.stem, tmp_path) == run


def test_a_record_cut_short_and_a_missing_one_get_sentences(tmp_path):
    run = train.fit(linear(), toy(), RECIPE, device="cpu")
    path = results.save(run, tmp_path)
    path.write_text(path.read_text()[:200])
    with pytest.raises(ValueError, match="not a whole record"):
        results.load(path.stem, tmp_path)
    with pytest.raises(ValueError, match=f"Known: {path.stem}"):
        results.load("toy-sequential-test-gpu-s0", tmp_path)


def test_all_records_of_a_network_and_a_recipe_are_read_and_no_others(tmp_path):
    run = train.fit(linear(), toy(), RECIPE, device="cpu")
    mine = [replace(run, network="vgg11", seed=seed) for seed in (1, 0)]
    other = {**run.recipe, "name": "full"}
    for each in (*mine, replace(run, network="vgg11_bn"), replace(mine[0], recipe=other)):
        results.save(each, tmp_path)
    assert list(results.load_all("vgg11", "test", tmp_path).values()) == mine[::-1]
    assert list(results.load_all("vgg11", folder=tmp_path)) == ["toy-vgg11-full-cpu-s1"]


def test_a_measurement_is_read_and_one_that_is_not_there_is_named():
    assert results.measurement("drawn-bars")["values"]["first"] > 0
    with pytest.raises(ValueError, match=r"drawn-barz.*drawn-bars"):
        results.measurement("drawn-barz")
