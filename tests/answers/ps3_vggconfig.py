"""Answers to ps3-vggconfig."""

import re

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from tests.answers.table import Right, Wrong

WORD = re.compile(r"(?:(\d+)\*)?(?:(\d+):)?(\d+)(?:/(\d+))?")


def parsed(word):
    found = WORD.fullmatch(word)
    if not found:
        raise ValueError(f"unknown word {word}")
    return [int(part) if part else usual for part, usual in zip(found.groups(), (1, 3, 0, 1))]  # noqa: B905


class Plain(nn.Module):
    """The right network in parts that the wrong ones replace."""

    activation = nn.ReLU
    bias = True

    def __init__(self, config, num_classes):
        super().__init__()
        layers, channels = [], 3
        for word in self.words(config):
            if word == "M":
                layers.append(self.pool())
                continue
            times, kernel, filters, groups = self.parse(word)
            self.refuse(word, kernel, channels, filters, groups)
            for _ in range(times):
                layers += self.member(channels, filters, kernel, groups)
                channels = filters
        self.features = nn.Sequential(*layers)
        self.head = nn.Linear(channels, num_classes)

    def words(self, config):
        return config.split()

    def parse(self, word):
        return parsed(word)

    def refuse(self, word, kernel, channels, filters, groups):
        if kernel % 2 == 0 or channels % groups or filters % groups:
            raise ValueError(f"{word} does not fit")

    def pool(self):
        return nn.MaxPool2d(2)

    def member(self, channels, filters, kernel, groups):
        padding = self.padding(kernel)
        layer = nn.Conv2d(channels, filters, kernel, padding=padding, groups=groups, bias=self.bias)
        return [layer, self.activation()]

    def padding(self, kernel):
        return kernel // 2

    def forward(self, images):
        return self.head(self.features(images).mean((2, 3)))


def variant(**attributes):
    return type("ConfiguredVGG", (Plain,), attributes)


def parse(change):
    """Another reading of (times, kernel, filters, groups)."""
    return variant(parse=lambda self, word: change(*parsed(word)))


def refuse(rule):
    return variant(refuse=lambda self, *given: rule(*given))


def ending(function):
    return variant(forward=lambda self, images: function(Plain.forward(self, images)))


def maps(function):
    """Another way from the last maps to the linear layer."""
    return variant(forward=lambda self, images: self.head(function(self.features(images))))


def member(change):
    return variant(member=lambda self, *given: change(Plain.member(self, *given), *given))


class SameWeights(Plain):
    """A repeated member is one module that runs again."""

    def __init__(self, config, num_classes):
        super().__init__(config, num_classes)
        shared = {}
        for place, module in enumerate(self.features):
            if isinstance(module, nn.Conv2d):
                self.features[place] = shared.setdefault(str(module), module)


class FirstChannels(Plain):
    """Each repeated convolution has the input channels of the first."""

    def __init__(self, config, num_classes):
        super().__init__(config, num_classes)
        layers, channels = [], 3
        for word in config.split():
            if word == "M":
                layers.append(nn.MaxPool2d(2))
                continue
            times, kernel, filters, groups = parsed(word)
            for _ in range(times):
                layers += self.member(channels, filters, kernel, groups)
            channels = filters
        self.features = nn.Sequential(*layers)


class NoLastReLU(Plain):
    def __init__(self, config, num_classes):
        super().__init__(config, num_classes)
        last = max(i for i, m in enumerate(self.features) if isinstance(m, nn.ReLU))
        self.features[last] = nn.Identity()


class OneDigit(Plain):
    """Reads numbers of one digit where a kernel or a group stands."""

    def parse(self, word):
        found = re.fullmatch(r"(?:(\d)\*)?(?:(\d):)?(\d+)(?:/(\d))?", word)
        if not found:
            raise ValueError(word)
        return [int(p) if p else usual for p, usual in zip(found.groups(), (1, 3, 0, 1))]  # noqa: B905


class Lenient(Plain):
    """Leaves out what it does not know."""

    def words(self, config):
        return [word for word in config.split() if word == "M" or WORD.fullmatch(word)]


class KeyErrors(Plain):
    def parse(self, word):
        if not WORD.fullmatch(word):
            raise KeyError(word)
        return parsed(word)


class Silent(Plain):
    def refuse(self, word, *rest):
        try:
            super().refuse(word, *rest)
        except ValueError:
            raise ValueError("wrong") from None


class FixedClasses(Plain):
    def __init__(self, config, num_classes):
        super().__init__(config, 10)


class Unwritten(nn.Module):
    def __init__(self, config, num_classes):
        super().__init__()
        raise NotImplementedError()


def torchvisions(config, num_classes):
    words = [word if word == "M" else int(word) for word in config.split()]
    features = torchvision.models.vgg.make_layers(words)
    channels = [word for word in words if word != "M"][-1]
    return nn.Sequential(
        features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, num_classes)
    )


def shuffled(images, groups):
    n, channels, *size = images.shape
    mixed = images.reshape(n, groups, channels // groups, *size).transpose(1, 2)
    return mixed.reshape(images.shape)


class Shuffle(nn.Module):
    """ShuffleNet's exchange between groups, which the words do not ask for."""

    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def forward(self, images):
        return shuffled(images, self.groups)


WRONG = [
    Wrong("groups ignored", parse(lambda n, k, c, g: (n, k, c, 1)),
          ("in the part 'groups'", "after the slash is not used")),
    Wrong("every group is a channel", parse(lambda n, k, c, g: (n, k, c, c if g > 1 else 1)),
          ("in the part 'groups'", "ValueError")),
    Wrong("a shuffle after groups", member(lambda m, a, b, k, g: [*m, Shuffle(g)]),
          ("in the part 'groups'", "the words do not name")),
    Wrong("kernel ignored", parse(lambda n, k, c, g: (n, 3, c, g)),
          ("in the part 'kernels'", "before the colon is not used")),
    Wrong("padding 1 for all", variant(padding=lambda self, kernel: 1),
          ("in the part 'kernels'", "padding that keeps height and width")),
    Wrong("no padding", variant(padding=lambda self, kernel: 0),
          ("in the part '3 x 3 and pooling'", "padding that keeps height and width")),
    Wrong("repetition ignored", parse(lambda n, k, c, g: (1, k, c, g)),
          ("in the part 'repetition'", "before the star is not used")),
    Wrong("one too often", parse(lambda n, k, c, g: (n + (n > 1), k, c, g)),
          ("in the part 'repetition'", "once too often")),
    Wrong("one set of weights", SameWeights,
          ("in the part 'repetition'", "does one layer run twice")),
    Wrong("input channels of the first", FirstChannels,
          ("in the part 'repetition'", "that the convolution right before leaves")),
    Wrong("pooling ignored", variant(words=lambda self, config: config.replace("M", "").split()),
          ("in the part '3 x 3 and pooling'", "the words M build nothing")),
    Wrong("pools of 3", variant(pool=lambda self: nn.MaxPool2d(3, 2, 1)),
          ("shape (2, 10, 13, 11)", "(2, 10, 14, 11)", "the pooling before")),
    Wrong("odd rows kept", variant(pool=lambda self: nn.MaxPool2d(2, ceil_mode=True)),
          ("shape (2, 10, 13, 11)", "(2, 10, 14, 11)", "the pooling before")),
    Wrong("average pooling", variant(pool=lambda self: nn.AvgPool2d(2)),
          ("in the part '3 x 3 and pooling'", "which pooling")),
    Wrong("no ReLU", variant(activation=nn.Identity), ("a ReLU is missing",)),
    Wrong("no ReLU at the end", NoLastReLU,
          ("after convolution 3", "a ReLU is missing")),
    Wrong("leaky", variant(activation=nn.LeakyReLU), ("a ReLU is missing",)),
    Wrong("no biases", variant(bias=False), ("the layer has no bias", "convolution 1")),
    Wrong("batch norm", member(lambda m, a, b, k, g: [m[0], nn.BatchNorm2d(b), m[1]]),
          ("BatchNorm2d", "another kind of layer stands here")),
    Wrong("largest value of each map", maps(lambda x: x.amax((2, 3))),
          ("how the maps become one number each",)),
    Wrong("sum of each map", maps(lambda x: x.sum((2, 3))),
          ("how the maps become one number each",)),
    Wrong("flattened", maps(lambda x: x.flatten(1)),
          ("RuntimeError", "at or after a Linear whose input has")),
    Wrong("softmax", ending(lambda x: x.softmax(1)), ("softmax", "logits")),
    Wrong("ReLU on logits", ending(F.relu), ("runs after the linear layer",)),
    Wrong("centred logits", ending(lambda x: x - x.mean()), ("runs after the linear layer",)),
    Wrong("numbers of one digit", OneDigit, ("in the part 'kernels'", "ValueError: 11:4")),
    Wrong("unknown words left out", Lenient, ("in the part 'refused words'", "'N'", "a network")),
    Wrong("KeyError", KeyErrors, ("in the part 'refused words'", "KeyError", "a ValueError")),
    Wrong("torch's own message", refuse(lambda word, k, a, b, g: None),
          ("in the part 'refused words'", "2:8", "an even kernel")),
    Wrong("even kernels accepted", refuse(
          lambda word, k, a, b, g: Plain.refuse(None, word, 1, a, b, g)),
          ("2:8", "an even kernel")),
    Wrong("groups left to torch", refuse(
          lambda word, k, a, b, g: Plain.refuse(None, word, k, 1, 1, 1)),
          ("8/4", "groups that do not divide the channels before it")),
    Wrong("filters left to torch", refuse(
          lambda word, k, a, b, g: Plain.refuse(None, word, k, a, g, g)),
          ("9:6/4", "groups that do not divide its filters")),
    Wrong("a message without the word", Silent, ("ValueError: wrong", "2:8")),
    Wrong("classes fixed", FixedClasses, ("linear layer 1", "10")),
    Wrong("torchvision's make_layers", torchvisions, ("in the part 'kernels'", "ValueError")),
    Wrong("a tuple", ending(lambda x: (x, x)), ("a tuple of 2",)),
    Wrong("nothing", ending(lambda x: None), ("nothing (None)", "return")),
    Wrong("unwritten", Unwritten, ("not written yet",)),
    Wrong("built already", Plain("8", 2), ("built already",)),
    Wrong("None", None, ("the class ConfiguredVGG", "None")),
]  # fmt: skip


class ByHand(nn.Module):
    """Split at the signs, without a regular expression; the mean by pooling."""

    def __init__(self, config, num_classes):
        super().__init__()
        self.steps = nn.ModuleList()
        depth = 3
        for word in config.split(" "):
            if word == "M":
                self.steps.append(nn.MaxPool2d(kernel_size=2, stride=2))
            else:
                depth = self.read(word, depth)
        self.out = nn.Linear(depth, num_classes)

    def read(self, word, depth):
        rest, groups = word.split("/") if word.count("/") == 1 else (word, "1")
        times, rest = rest.split("*") if rest.count("*") == 1 else ("1", rest)
        kernel, filters = rest.split(":") if rest.count(":") == 1 else ("3", rest)
        if not all(part.isdigit() for part in (times, kernel, filters, groups)):
            raise ValueError(f"what is {word}?")
        for _ in range(int(times)):
            if int(kernel) % 2 == 0:
                raise ValueError(f"{word}: the kernel is even")
            try:
                layer = nn.Conv2d(
                    depth, int(filters), int(kernel), padding="same", groups=int(groups)
                )
            except ValueError as error:
                raise ValueError(f"{word}: {error}") from error
            self.steps.append(layer)
            depth = int(filters)
        return depth

    def forward(self, x):
        for step in self.steps:
            x = step(x) if isinstance(step, nn.MaxPool2d) else F.relu(step(x))
        return self.out(F.adaptive_avg_pool2d(x, 1).flatten(1))


class Convolutional(Plain):
    """The linear layer as a convolution of 1 by 1."""

    def __init__(self, config, num_classes):
        super().__init__(config, num_classes)
        self.head = nn.Conv2d(self.head.in_features, num_classes, 1)

    def forward(self, images):
        pooled = self.features(images).mean((2, 3), keepdim=True)
        return torch.flatten(self.head(pooled), 1)


class Double(Plain):
    def __init__(self, config, num_classes):
        super().__init__(config, num_classes)
        self.double()


class Initialised(Plain):
    def __init__(self, config, num_classes):
        super().__init__(config, num_classes)
        for parameter in self.parameters():
            nn.init.normal_(parameter, std=0.01)


def one_sequential(config, num_classes):
    """A function that builds, in place of a class."""
    plain = Plain(config, num_classes)
    return nn.Sequential(*plain.features, nn.AdaptiveAvgPool2d(1), nn.Flatten(), plain.head)


RIGHT = [
    Right("a regular expression", Plain),
    Right("split by hand, padding 'same'", ByHand),
    Right("one Sequential", one_sequential),
    Right("a convolution as the head", Convolutional),
    Right("float64", Double),
    Right("ReLU in place", variant(activation=lambda _: nn.ReLU(inplace=True))),
    Right("pooling as a strided maximum", variant(pool=lambda self: nn.MaxPool2d((2, 2), (2, 2)))),
    Right("weights drawn another way", Initialised),
]
