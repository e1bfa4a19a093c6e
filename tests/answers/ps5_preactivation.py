"""Answers to ps5-preactivation."""

import torch
from torch import nn
from torch.nn import functional as F

from tests.answers.table import Right, Wrong


class Plain(nn.Module):
    """The right block in parts that the wrong ones replace."""

    bias = False
    padding, kernel = 1, 3
    activation = nn.ReLU

    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.before = nn.Sequential(*self.norm(c_in))
        self.branch = nn.Sequential(*self.layers(c_in, c_out, stride))
        self.shortcut = self.way(c_in, c_out, stride)
        self.start()

    def norm(self, channels):
        return [nn.BatchNorm2d(channels), self.activation()]

    def layers(self, c_in, c_out, stride):
        kernel, padding = self.kernel, self.padding
        return [
            nn.Conv2d(c_in, c_out, kernel, stride, padding, bias=self.bias),
            *self.norm(c_out),
            nn.Conv2d(c_out, c_out, kernel, 1, padding, bias=self.bias),
        ]

    def way(self, c_in, c_out, stride):
        changes = stride != 1 or c_in != c_out
        return nn.Conv2d(c_in, c_out, 1, stride, bias=False) if changes else None

    def start(self):
        nn.init.zeros_(self.branch[-1].weight)

    def forward(self, x):
        p = self.before(x)
        return self.branch(p) + (x if self.shortcut is None else self.shortcut(p))


def variant(**attributes):
    return type("PreActivationBlock", (Plain,), attributes)


def layers(edit):
    def changed(self, c_in, c_out, stride):
        return edit(Plain.layers(self, c_in, c_out, stride))

    return variant(layers=changed)


def ending(function):
    return variant(forward=lambda self, x: function(Plain.forward(self, x)))


class PostActivation(nn.Module):
    """The chapter's block."""

    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.branch = nn.Sequential(
            nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False), nn.BatchNorm2d(c_out), nn.ReLU(),
            nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False), nn.BatchNorm2d(c_out),
        )  # fmt: skip
        same = stride == 1 and c_in == c_out
        self.shortcut = nn.Identity() if same else nn.Conv2d(c_in, c_out, 1, stride, bias=False)
        nn.init.zeros_(self.branch[-1].weight)

    def forward(self, x):
        return (self.branch(x) + self.shortcut(x)).relu()


def shortcut_of_x(self, x):
    return self.branch(self.before(x)) + (x if self.shortcut is None else self.shortcut(x))


def shortcut_of_p(self, x):
    p = self.before(x)
    return self.branch(p) + (p if self.shortcut is None else self.shortcut(p))


def shortcut_of_x_at_stride_one(self, x):
    p = self.before(x)
    way = self.shortcut or nn.Identity()
    return self.branch(p) + way(p if getattr(way, "stride", (1, 1)) == (2, 2) else x)


def branch_alone(self, x):
    return self.branch(self.before(x)) + (0 if self.shortcut is None else self.shortcut(x) * 0)


def always_projects(self, c_in, c_out, stride):
    return nn.Conv2d(c_in, c_out, 1, stride, bias=False)


def by_stride_alone(self, c_in, c_out, stride):
    return nn.Conv2d(c_in, c_out, 1, stride, bias=False) if stride != 1 else None


def by_channels_alone(self, c_in, c_out, stride):
    return nn.Conv2d(c_in, c_out, 1, stride, bias=False) if c_in != c_out else None


def normalised_way(self, c_in, c_out, stride):
    if stride == 1 and c_in == c_out:
        return None
    return nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))


def both_zero(self):
    nn.init.zeros_(self.branch[-1].weight)
    nn.init.zeros_(self.branch[1].weight)
    nn.init.zeros_(self.branch[1].bias)


def all_zero(self):
    for parameter in self.branch.parameters():
        nn.init.zeros_(parameter)


def norm_zero(self):
    nn.init.zeros_(self.branch[1].weight)


def copies_alone(self):
    if self.shortcut is None:
        nn.init.zeros_(self.branch[-1].weight)


def stride_second(self, c_in, c_out, stride):
    one, norm, relu, _ = Plain.layers(self, c_in, c_out, 1)
    return [one, norm, relu, nn.Conv2d(c_out, c_out, 3, stride, 1, bias=False)]


def no_first_relu(self, c_in, c_out, stride=1):
    Plain.__init__(self, c_in, c_out, stride)
    self.before = nn.Sequential(nn.BatchNorm2d(c_in))


def relu_first(self, channels):
    return [nn.ReLU(), nn.BatchNorm2d(channels)]


def unwritten(self, c_in, c_out, stride=1):
    nn.Module.__init__(self)
    raise NotImplementedError()


def frozen(self, x):
    self.eval()
    return Plain.forward(self, x)


def cut(self, x):
    p = self.before(x)
    return self.branch(p).detach() + (x if self.shortcut is None else self.shortcut(p))


def spare(self, c_in, c_out, stride=1):
    Plain.__init__(self, c_in, c_out, stride)
    self.spare = nn.Linear(2, 2)


WRONG = [
    Wrong("the chapter's block", PostActivation, ("part",)),
    Wrong("ReLU at the end", ending(torch.relu), ("a ReLU comes after the addition",)),
    Wrong("shortcut of x", variant(forward=shortcut_of_x), ("1 x 1 shortcut", "negative")),
    Wrong("shortcut of x at stride 1", variant(forward=shortcut_of_x_at_stride_one),
          ("'other shapes, eval mode'", "1 x 1 shortcut", "negative")),
    Wrong("shortcut of p", variant(forward=shortcut_of_p), ("x itself, not p",)),
    Wrong("no shortcut", variant(forward=branch_alone), ("branch alone",)),
    Wrong("always a projection", variant(way=always_projects), ("when is the shortcut",)),
    Wrong("by stride alone", variant(way=by_stride_alone), ("RuntimeError",)),
    Wrong("by channels alone", variant(way=by_channels_alone), ("RuntimeError",)),
    Wrong("norm in the shortcut", variant(way=normalised_way), ("the shortcut has none",)),
    Wrong("biases", variant(bias=True), ("a convolution has a bias",)),
    Wrong("no zero start", variant(start=lambda self: None), ("'start'", "start at zero")),
    Wrong("zero start of copies alone", variant(start=copies_alone),
          ("'start'", "changes the shape")),
    Wrong("norm zero too", variant(start=both_zero), ("'start'", "so that the block can learn")),
    Wrong("all zero", variant(start=all_zero), ("'start'", "so that the block can learn")),
    Wrong("norm's scale zero", variant(start=norm_zero), ("'start'",)),
    Wrong("stride in the second", variant(layers=stride_second), ("other shapes",)),
    Wrong("no ReLU before", variant(__init__=no_first_relu), ("3 x 3", "negative")),
    Wrong("no ReLU between", layers(lambda m: [m[0], m[1], m[3]]), ("negative numbers",)),
    Wrong("ReLU before norm", variant(norm=relu_first), ("negative numbers",)),
    Wrong("leaky", variant(activation=nn.LeakyReLU), ("negative numbers",)),
    Wrong("one norm less", layers(lambda m: [m[0], m[2], m[3]]), ("batch norms",)),
    Wrong("kernels of 5", variant(kernel=5, padding=2), ("channels or kernels",)),
    Wrong("no padding", variant(padding=0), ("part",)),
    Wrong("never in train mode", variant(forward=frozen), ("'train mode'",)),
    Wrong("cut", variant(forward=cut), ("'start'", "without a gradient")),
    Wrong("spare layer", variant(__init__=spare), ("never uses spare.weight",)),
    Wrong("doubled", ending(lambda y: 2 * y), ("same shape, eval mode",)),
    Wrong("nothing", ending(lambda y: None), ("nothing (None)", "return")),
    Wrong("unwritten", variant(__init__=unwritten), ("not written yet",)),
    Wrong("built already", Plain(2, 2), ("built already",)),
]  # fmt: skip


class Explicit(nn.Module):
    """Names, functional ReLU, the shortcut first, layers defined backwards."""

    def __init__(self, c_in, c_out, stride=1):
        super().__init__()
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_in)
        self.keep = stride == 1 and c_in == c_out
        if not self.keep:
            self.project = nn.Conv2d(c_in, c_out, 1, stride, bias=False)
        self.conv2.weight.data.zero_()

    def forward(self, x):
        p = F.relu(self.bn1(x))
        way = x if self.keep else self.project(p)
        return way + self.conv2(F.relu(self.bn2(self.conv1(p))))


class IdentityWay(Plain):
    def way(self, c_in, c_out, stride):
        return Plain.way(self, c_in, c_out, stride) or nn.Identity()

    def forward(self, x):
        p = self.before(x)
        return self.branch(p) + self.shortcut(x if isinstance(self.shortcut, nn.Identity) else p)


class ConstantStart(Plain):
    def start(self):
        nn.init.kaiming_normal_(self.branch[0].weight)
        nn.init.constant_(self.branch[-1].weight, 0.0)


class Double(Plain):
    def start(self):
        super().start()
        self.double()


def by_function(c_in, c_out, stride=1):
    """A function that builds, in place of a class."""
    return Plain(c_in, c_out, stride)


RIGHT = [
    Right("two Sequentials", Plain),
    Right("explicit, shortcut first", Explicit),
    Right("nn.Identity", IdentityWay),
    Right("Kaiming's start elsewhere", ConstantStart),
    Right("float64", Double),
    Right("a function", by_function),
    Right("ReLU in place", variant(activation=lambda _: nn.ReLU(inplace=True))),
]
