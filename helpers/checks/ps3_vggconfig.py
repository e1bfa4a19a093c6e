"""ps3-vggconfig: a language for VGG (Simonyan & Zisserman 2015, table 1), with kernels and groups.

As in ps3-receptive, a usual mistake is recognised as the right answer to another question: who
overlooks groups builds what the same words without groups describe.
"""

import re
from collections.abc import Callable

import torch

from helpers.checks.compare import close, first_difference, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise, Part
from helpers.checks.failure import Wrong
from helpers.checks.layers import (
    SINGLE,
    compare_layers,
    first_layer,
    flat,
    negative,
    shapes_of,
    sketched,
    walk,
)
from helpers.checks.oracle import Ask, Oracle
from helpers.checks.protocol import Answer, Network, Pass

CLASSES = 7
NETWORK_C = "2*64 M 2*128 M 2*256 1:256 M 2*512 1:512 M 2*512 1:512 M"

MISTAKES: dict[str, tuple[Callable[[str], str], str]] = {
    "groups": (
        lambda config: re.sub(r"/\d+", "", config),
        "the number after the slash is not used: groups split the channels",
    ),
    "kernel": (
        lambda config: re.sub(r"\d+:", "", config),
        "the number before the colon is not used: it is the kernel",
    ),
    "times": (
        lambda config: re.sub(r"\d+\*", "", config),
        "the number before the star is not used, or one layer with one set of weights runs again",
    ),
    "pooling": (lambda config: re.sub(r"\bM\b", "", config), "the words M build nothing"),
    "one more": (
        lambda config: re.sub(r"(\d+)\*", lambda n: f"{int(n[1]) + 1}*", config),
        "a word after a star is built once too often",
    ),
}


def layers_of(run: Pass) -> list:
    """The shapes of each layer's parameters, and of its output."""
    return [[*shapes, size] for shapes, size in zip(shapes_of(run), walk(run), strict=True)]


def ask_layers(config: str, size: tuple[int, int]) -> Ask:
    """Shapes alone, so without memory and without values."""
    pictures = torch.empty(2, 3, *size, device="meta")
    return lambda answer: layers_of(answer.build(config, CLASSES, meta=True).run(pictures))


def compare_shapes(answer: Answer, oracle: Oracle, config: str, size: tuple[int, int]) -> None:
    """Layer by layer; where they differ, with a cause if the mistake is a known one."""
    expected = oracle(config, ask_layers(config, size))
    changed = {name: change(config) for name, (change, _) in MISTAKES.items()}
    known = {
        name: oracle(f"{config}, {name}", ask_layers(other, size))
        for name, other in changed.items()
        if other != config
    }
    asked = f"ConfiguredVGG({config!r}, {CLASSES}) on pictures of shape {(2, 3, *size)}"
    run = answer.build(config, CLASSES, meta=True).run(torch.empty(2, 3, *size, device="meta"))
    try:
        compare_layers(run, [row[:-1] for row in expected], [row[-1] for row in expected], asked)
    except Wrong as wrong:
        got = layers_of(run)
        causes = [MISTAKES[name][1] for name, rows in known.items() if got and got == rows]
        wrong.lines["likely cause"] = (causes or [by_kind(wrong)])[0]
        raise wrong from None


CAUSES = {  # the layers' own sentences, by how they begin, in the terms of this exercise
    "stride or padding": "padding that keeps height and width for each kernel, or the pooling "
    "before",
    "the number of input": "the number of input channels: those that the convolution right before "
    "leaves, divided by the groups",
    "another kind": "another kind of layer stands here: is one left out, or does one layer run "
    "twice where two are asked?",
    "compare your layers": "write down the layers that the words describe, one a line, and compare",
}


def by_kind(wrong: Wrong) -> str:
    cause = wrong.lines["likely cause"]
    return next((text for begin, text in CAUSES.items() if cause.startswith(begin)), cause)


def compare_logits(answer: Answer, oracle: Oracle, draws: Draws, config: str) -> None:
    """Logits in eval mode, every parameter drawn by the check."""
    asked = f"ConfiguredVGG({config!r}, {CLASSES}), parameters set by the check, in eval mode"
    images = draws.tensor(2, 3, 11, 14, low=-2, high=2).float()
    shapes = oracle(f"{config}: parameters", lambda a: shapes_of(built(a, config).run(images)))
    values = [parameter(shape, draws) for shape in flat(shapes)]

    def filled(a: Answer) -> Network:
        network = built(a, config)
        network.set(images, values)
        return network

    expected = oracle(f"{config}: logits", lambda a: filled(a).run(images).output)
    sketches = oracle(f"{config}: layers", lambda a: brief(sketched(filled(a).run(images))))
    run = filled(answer).run(images)
    got = tensor_of(run.output, (2, CLASSES), asked)
    same = close(got, expected, SINGLE)
    if not same.all():
        where = first_layer(run, sketches, shapes)
        lines = first_difference(got, expected, same) | {"where": where}
        raise Wrong(asked=asked, cause=logits_cause(got, run, where), **lines)


def brief(value: list | float) -> list | float:
    """Numbers to six digits, which is finer than float32 is compared."""
    return [brief(v) for v in value] if isinstance(value, list) else float(f"{value:.6g}")


def built(answer: Answer, config: str) -> Network:
    return answer.build(config, CLASSES)


def parameter(shape: list[int], draws: Draws) -> torch.Tensor:
    """Weights that keep the signal's size, biases far from 0."""
    fan_in = max(1, torch.Size(shape[1:]).numel())
    bound = (6 / fan_in) ** 0.5 if len(shape) > 1 else 0.5
    return draws.tensor(*shape, low=-bound, high=bound).float()


def logits_cause(got: torch.Tensor, run: Pass, where: str) -> str:
    if any(negative(number, layer) for number, layer in enumerate(run.layers)):
        return "a ReLU is missing after a convolution"
    if got.min() >= 0 and torch.allclose(got.sum(1), torch.ones(len(got)).to(got), atol=1e-4):
        return "each row adds up to 1: a softmax; logits were asked"
    if where.startswith("every layer"):
        return "something runs after the linear layer: logits come straight out of it"
    return (
        "what runs at that place: which pooling, how the maps become one number each, or "
        "something that the words do not name"
    )


def fixed(*configs: str, logits: str = "") -> Part:
    """A part that compares the layers of each configuration, then the logits of one."""

    def part(answer: Answer, oracle: Oracle, draws: Draws) -> None:
        for config in configs:
            compare_shapes(answer, oracle, config, (27, 22))
        if logits:
            compare_logits(answer, oracle, draws, logits)

    return part


def network_c(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    compare_shapes(answer, oracle, NETWORK_C, (224, 224))


REFUSED = (  # configuration, the word at fault in it, and the fault
    ("8 N 8", "N", "no word of the language"),
    ("8x3", "8x3", "no word of the language"),
    ("4 8/ M", "8/", "no word of the language"),
    ("8/2/2", "8/2/2", "no word of the language"),
    ("-8", "-8", "no word of the language"),
    ("8 2:8", "2:8", "an even kernel"),
    ("6 8/4", "8/4", "groups that do not divide the channels before it"),
    ("12/2", "12/2", "groups that do not divide the channels before it"),
    ("8 9:6/4 M", "9:6/4", "groups that do not divide its filters"),
)


def refused(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    for config, word, fault in REFUSED:
        came = outcome(answer, config)
        if not came.startswith("ValueError") or word not in came:
            raise Wrong(
                asked=f"ConfiguredVGG({config!r}, {CLASSES})",
                expected=f"a ValueError whose message holds the word {word!r}",
                got=came,
                cause=f"{word}: {fault}",
            )


def outcome(answer: Answer, config: str) -> str:
    try:
        answer.build(config, CLASSES)
    except Wrong as wrong:
        return wrong.lines["got"]
    return "a network"


EXERCISE = Exercise(
    "ConfiguredVGG(config, num_classes)",
    {
        "3 x 3 and pooling": fixed("8", "6 M 10 12 M 4", logits="5 6 M 7 M"),
        "kernels": fixed("1:8 5:6 M 11:4", logits="6 1:5 M 5:4"),
        "groups": fixed("6/3 12/2 M 12/12 8/4", logits="6 8/2 M 1:12/4"),
        "repetition": fixed("2*6 M 3*8", "12*4", logits="2*6 M 2*1:4/2"),
        "network C": network_c,
        "refused words": refused,
    },
    {
        "3 x 3 and pooling": 30,
        "kernels": 15,
        "groups": 20,
        "repetition": 15,
        "network C": 5,
        "refused words": 15,
    },
)
