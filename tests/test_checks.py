"""The checks of the problem sets against tables of answers in tests/answers."""

import importlib
import io
import itertools
import json
import re
import sys
import warnings
from contextlib import redirect_stdout
from functools import cache, partial

import pytest
import torch
import torchvision
from scipy import stats
from torch import nn
from torch.nn import functional as F
from torchvision.models import inception
from torchvision.transforms.v2 import functional as V

from helpers import augment, cost, explain, networks
from helpers.checks import EXERCISES, CheckFailed, check, local
from helpers.checks.compare import alike
from helpers.checks.draws import Draws
from helpers.checks.layers import KINKED, SINGLE
from helpers.checks.oracle import FOLDER
from helpers.data import devkit, sort_imagenet
from helpers.networks import resnet
from tests.answers.__main__ import RECORD, faults
from tools import oracles
from tools.project import ROOT

TABLES = {
    name: importlib.import_module(f"tests.answers.{name.replace('-', '_')}") for name in EXERCISES
}


@pytest.fixture(autouse=True)
def _one_thread():
    """The networks are small: more threads only wait for each other where the machine is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


SLOW = ["ps3-zfnet", "ps4-network"]  # these build and run whole networks
BY_EXERCISE = [pytest.param(n, marks=[pytest.mark.slow] * (n in SLOW)) for n in EXERCISES]


def rows(kind: str) -> list:
    return [
        pytest.param(
            name,
            number,
            id=f"{name}: {row.intent}",
            marks=[pytest.mark.slow] * (name in SLOW),
        )
        for name, table in TABLES.items()
        for number, row in enumerate(getattr(table, kind))
    ]


def said(exercise: str, answer) -> str:
    """What the check says to a wrong answer; fails where it passes or breaks down."""
    with redirect_stdout(io.StringIO()), pytest.raises(CheckFailed) as failure:
        check(exercise, answer)
    return str(failure.value)


@cache
def said_to(exercise: str, number: int) -> str:
    return said(exercise, TABLES[exercise].WRONG[number].answer)


@pytest.mark.parametrize(("exercise", "number"), rows("WRONG"))
def test_a_wrong_answer_fails_with_a_sentence_about_its_fault(exercise, number):
    message = said_to(exercise, number)
    missing = [w for w in TABLES[exercise].WRONG[number].words if w not in message]
    assert not missing, f"{missing} not in:\n{message}"


@pytest.mark.parametrize(("exercise", "number"), rows("RIGHT"))
def test_a_right_answer_written_differently_passes_in_one_line(exercise, number, capsys):
    assert check(exercise, TABLES[exercise].RIGHT[number].answer) is None
    printed = capsys.readouterr()
    assert re.fullmatch(rf"{exercise}: right, in all parts \(.*\)\.\n", printed.out)
    assert printed.err == ""


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_the_tables_hold_at_least_12_wrong_and_5_right_answers(exercise):
    assert len(TABLES[exercise].WRONG) >= 12
    assert len(TABLES[exercise].RIGHT) >= 5


@pytest.mark.parametrize("exercise", BY_EXERCISE)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_tables_hold_on_fresh_draws_against_the_solution_itself(exercise, seed):
    assert faults(exercise, [seed]) == []


def test_the_tables_held_on_twenty_seeds_when_they_were_recorded():
    record = json.loads(RECORD.read_text())
    for name, table in TABLES.items():
        told = record[name]
        assert (told["faults"], told["flakes"]) == ([], 0)
        assert (told["seeds"], told["repeats"]) == (20, 50)
        assert (told["wrong"], told["right"]) == (len(table.WRONG), len(table.RIGHT))


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_the_recorded_oracle_is_what_the_solution_answers(exercise):
    written = json.loads((FOLDER / f"{exercise}.json").read_text())
    fresh = oracles.recorded(exercise)
    assert list(written) == list(fresh)
    for key in fresh:
        tolerance = KINKED if "gradient" in key else SINGLE
        assert alike(flat(written[key]), flat(fresh[key]), tolerance), key


def flat(value) -> list[float]:
    return [x for v in value for x in flat(v)] if isinstance(value, list) else [value]


def test_the_oracles_are_numbers_alone_and_small():
    files = list(FOLDER.glob("*.json"))
    assert {file.stem for file in files} == set(EXERCISES)
    assert sum(file.stat().st_size for file in files) < 20_000 * len(files)
    for file in files:
        replies = json.loads(file.read_text()).values()
        assert all(isinstance(x, int | float) for reply in replies for x in flat(reply))


@pytest.mark.parametrize("exercise", BY_EXERCISE)
def test_no_message_shows_a_line_of_the_solution(exercise):
    source = solution_lines(exercise)
    for number in range(len(TABLES[exercise].WRONG)):
        message = said_to(exercise, number)
        assert not [line for line in source if line in message]


def solution_lines(exercise: str) -> list[str]:
    """The solution's lines that hold more than a bracket."""
    folder = exercise.partition("-")[0]
    text = (ROOT / f"solutions/{folder}/{folder}.md").read_text()
    cell = text.split(f":exercise: {exercise}\n")[1].split("```")[0]
    regions = re.findall(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", cell, re.DOTALL)
    return [line.strip() for r in regions for line in r.splitlines() if len(line.strip()) > 8]


def public(module) -> list:
    found = [getattr(module, name) for name in dir(module) if not name.startswith("_")]
    return [item for item in found if callable(item)]


def inlined() -> list:
    """What the chapters show of the library's source."""
    names = {
        name
        for chapter in (ROOT / "book").glob("*.md")
        for name in re.findall(r"^:inline: *(\S+)", chapter.read_text(), re.MULTILINE)
    }
    found = []
    for name in sorted(names):
        module, _, item = name.rpartition(".")
        found.append(getattr(importlib.import_module(module), item))
    return [item for item in found if callable(item)]  # a table is shown too


def own() -> list:
    return [*public(networks), *public(networks.alexnet), *public(cost), *public(explain)]


def norm(x, window, k, alpha, beta, *, layer=nn.LocalResponseNorm):
    return layer(window, alpha, beta, k)(x)


@pytest.mark.parametrize(
    "answer",
    [
        *public(F),
        *own(),
        *inlined(),
        norm,
        nn.LocalResponseNorm(3),
        partial(F.local_response_norm, k=2),
        lambda x, window, k, alpha, beta: F.local_response_norm(x, window, alpha, beta, k),
    ],
    ids=lambda answer: getattr(answer, "__name__", type(answer).__name__),
)
def test_no_callable_at_hand_passes_as_lrn(answer):
    assert said("ps3-lrn", answer)


@pytest.mark.parametrize(
    "answer", [*own(), *inlined(), *public(torchvision.ops)], ids=lambda answer: answer.__name__
)
def test_no_callable_at_hand_passes_as_receptive_field(answer):
    assert said("ps3-receptive", answer)


@pytest.mark.parametrize(
    "answer",
    [
        *own(),
        *inlined(),
        torchvision.models.alexnet,
        lambda classes, hidden=4096: torchvision.models.AlexNet(classes),
        lambda classes, hidden=4096: networks.build("alexnet", classes, hidden=(hidden, hidden)),
        lambda classes, hidden=4096: networks.build(
            "alexnet", classes, variant="torchvision", hidden=(hidden, hidden)
        ),
    ],
    ids=lambda answer: answer.__name__,
)
def test_no_network_at_hand_passes_as_zfnet(answer):
    assert said("ps3-zfnet", answer)


def vgg_of(config, num_classes):
    """A VGG with torchvision's own reader of configurations; it takes numbers and M alone."""
    words = [word if word == "M" else int(word) for word in config.split()]
    channels = [word for word in words if word != "M"][-1]
    pooled = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)]
    return nn.Sequential(torchvision.models.vgg.make_layers(words), *pooled)


@pytest.mark.parametrize(
    "answer",
    [
        *own(),
        *public(networks.vgg),
        *inlined(),
        *public(torchvision.models.vgg),
        vgg_of,
        lambda config, classes: networks.build("vgg11", classes, pool=1, hidden=()),
    ],
    ids=lambda answer: getattr(answer, "__name__", type(answer).__name__),
)
def test_no_network_at_hand_passes_as_a_configured_vgg(answer):
    assert said("ps3-vggconfig", answer)


def layers_of(module) -> list:
    return [*public(module), *own(), *inlined()]


def at_hand() -> dict[str, list]:
    """Relatives of each exercise of the first set."""
    pixels = [*layers_of(augment), *public(F), *public(V), *public(torchvision.ops)]
    return {
        "ps1-sort": [*layers_of(devkit), *public(sort_imagenet), *public(itertools)],
        "ps1-resize": [
            *pixels,
            lambda images, height, width: V.resize(images, [height, width]),
            lambda images, height, width: V.center_crop(images, [height, width]),
            lambda images, height, width: F.interpolate(images, (height, width), mode="bilinear"),
        ],
        "ps1-statistics": [
            *public(F),
            *layers_of(stats),
            lambda counts, means, variances: (sum(counts), *torch.var_mean(means, 0)[::-1]),
            lambda counts, means, variances: (sum(counts), means.mean(0), variances.mean(0)),
        ],
        "ps1-distort": [
            *pixels,
            lambda images, moves: V.elastic(images, moves.movedim(1, -1)),
            lambda images, moves: V.elastic(images, moves[:1].movedim(1, -1)),
            lambda images, moves: F.grid_sample(images, moves.movedim(1, -1)),
        ],
    }


@pytest.mark.parametrize("exercise", at_hand())
def test_no_callable_at_hand_passes_in_the_first_set(exercise):
    for answer in at_hand()[exercise]:
        assert said(exercise, answer), answer


def same_convolution(c_in, c_out, kernel_size, **how):
    """What torchvision's modules may be given in place of their own convolution with batch norm."""
    return nn.Sequential(nn.Conv2d(c_in, c_out, kernel_size, **how), nn.ReLU())


def built(module) -> list:
    """The modules of torchvision's Inception, with a bias and a ReLU behind each convolution."""
    made = [item for item in public(module) if isinstance(item, type)]
    with_block = partial(partial, conv_block=same_convolution)
    return [*made, *(with_block(item) for item in made if issubclass(item, nn.Module))]


def inceptions() -> dict[str, list]:
    """Relatives of each exercise of the fourth set."""
    ours = [*own(), *inlined(), *public(networks.googlenet)]
    theirs = [*built(inception), *built(torchvision.models.googlenet), *public(torchvision.models)]
    two = [lambda *sizes, item=item: item(*sizes[:2]) for item in built(inception)]
    one = [lambda *sizes, item=item: item(sizes[0]) for item in built(inception)]
    pooled = [
        lambda m, w, t: torch.einsum("nchw,nc->nhw", m, w[t]),
        lambda m, w, t: F.conv2d(m, w[:, :, None, None])[range(len(t)), t],
        lambda m, w, t: F.adaptive_max_pool2d(m, 1)[..., 0, 0] @ w.T,
    ]
    return {
        "ps4-factorised": [*ours, *theirs, *one, *two],
        "ps4-grid": [*ours, *theirs, *one, *two],
        "ps4-cam": [*ours, *public(F), *public(torchvision.ops), *pooled],
        "ps4-network": [*ours, *built(inception), partial(networks.build, "googlenet")],
    }


@pytest.mark.slow
@pytest.mark.parametrize("exercise", inceptions())
def test_no_callable_at_hand_passes_in_the_fourth_set(exercise):
    for answer in inceptions()[exercise]:
        assert said(exercise, answer), answer


def blocks(c_in, c_out, stride):
    """The blocks that the chapter and torchvision have, whole and with a zero branch."""
    same = stride == 1 and c_in == c_out
    way = nn.Identity() if same else nn.Conv2d(c_in, c_out, 1, stride, bias=False)
    theirs = torchvision.models.resnet.BasicBlock(c_in, c_out, stride, None if same else way)
    nn.init.zeros_(theirs.bn2.weight)
    return [theirs, resnet.Block(resnet.basic(c_in, c_out, stride, True), way)]


def at_hand_for_resnet() -> dict[str, list]:
    near = [*layers_of(resnet), *public(F), *public(torchvision.models.resnet)]
    return {
        "ps5-preactivation": [
            *near,
            *[lambda i, o, stride=1, n=n: blocks(i, o, stride)[n] for n in range(2)],
        ],
        "ps5-res2net": [
            *near,
            lambda x, kernels: F.conv2d(x, torch.cat(kernels), padding=1, groups=len(kernels) + 1),
        ],
        "ps5-shake": [
            *near,
            *public(torch.linalg),
            lambda branches, alpha, beta: torch.lerp(branches[1], branches[0], alpha),
            lambda branches, alpha, beta: branches.mean(0),
            lambda branches, alpha, beta: torchvision.ops.stochastic_depth(branches[0], 0.5, "row"),
        ],
        "ps5-resnetd": [
            *near,
            lambda width, outputs: networks.build("resnet18", outputs, width=width / 64),
            lambda width, outputs: networks.build("resnet18", width=width / 64).features.stem,
            lambda width, outputs: torchvision.models.resnet18(num_classes=outputs),
        ],
    }


@pytest.mark.parametrize("exercise", at_hand_for_resnet())
def test_no_callable_at_hand_passes_in_the_set_on_resnet(exercise):
    for answer in at_hand_for_resnet()[exercise]:
        assert said(exercise, answer), answer


def test_warnings_and_prints_to_stderr_in_an_answer_cost_nothing(capsys):
    def noisy(layers):
        warnings.warn("a warning of the student's", stacklevel=1)
        print("a remark", file=sys.stderr)
        return TABLES["ps3-receptive"].RIGHT[0].answer(layers)

    check("ps3-receptive", noisy)
    assert capsys.readouterr().err == ""


def test_jupyter_shows_the_message_without_a_stack():
    from IPython.core.interactiveshell import InteractiveShell

    with redirect_stdout(io.StringIO()) as shown:
        shell = InteractiveShell()
        shell.run_cell("from helpers.checks import check\ncheck('ps3-lrn', None)")
    assert shown.getvalue().startswith("ps3-lrn: not right yet, in the part 'shape'.\n")
    assert "Traceback" not in shown.getvalue()


def test_a_misspelt_exercise_names_the_nearest():
    with pytest.raises(ValueError, match="did you mean 'ps3-lrn'"):
        check("ps3-lnr", None)


def test_draws_are_the_same_numbers_on_every_machine():
    assert Draws(0, "a part").tensor(3).tolist() == [
        -0.6051025390625,
        0.5272216796875,
        -0.456298828125,
    ]
    assert Draws(1, "a part").integer(0, 10**6) == 731993


def test_parts_draw_other_numbers():
    assert not torch.equal(Draws(0, "one").tensor(8), Draws(0, "two").tensor(8))


def test_a_reading_place_is_in_every_message():
    assert "AlexNet, section 'Local response normalisation'" in said("ps3-lrn", lambda *_: None)


def test_an_answer_that_ends_python_gets_a_sentence():
    assert "SystemExit" in said("ps3-receptive", lambda layers: sys.exit(3))


def test_a_signature_that_differs_is_shown_beside_the_one_that_is_asked():
    message = said("ps3-lrn", lambda x, size: x)
    assert "lrn(x, window, k, alpha, beta)" in message
    assert "yours is lrn(x, size)" in message


@pytest.mark.parametrize("exercise", EXERCISES)
def test_a_message_sends_the_reader_to_sections_that_the_book_has(exercise):
    listed = json.loads((ROOT / "helpers/checks/exercises.json").read_text())
    chapters = [path.read_text() for path in (ROOT / "book").glob("[0-9]*.md")]
    sections = re.findall(r"'([^']+)'", listed[exercise]["read"])
    assert sections
    for section in sections:
        assert any(re.search(rf"^##+ {re.escape(section)}$", c, re.MULTILINE) for c in chapters)


def test_tensors_in_a_list_are_told_by_their_shapes():
    said = local._listed((torch.zeros(2), [torch.zeros(3, 4), torch.zeros(1)]), {})
    assert said.count("tensor of shape") == 3
    assert "(3, 4)" in said
