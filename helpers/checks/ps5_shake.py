"""ps5-shake: two branches mixed by shares, other ones forward than backward (Gastaldi 2017).

A usual mistake is the right answer to a question with other shares.
"""

import torch
from torch import Tensor

from helpers.checks.compare import kind_of, require_same, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer

PRECISE = 1e-9  # relative to the largest value, in float64
COARSE = 1e-5  # the same in float32
SHAPE = (2, 2, 2, 2, 1)  # branches, pictures, channels, rows, columns
HALVES = "both branches count one half; the shares are not used"


def drawn(draws: Draws) -> tuple[Tensor, Tensor, Tensor]:
    """Branches, alpha and beta; no share is near one half or near another."""
    alpha = torch.cat([draws.tensor(1, low=0.05, high=0.2), draws.tensor(1, low=0.6, high=0.75)])
    beta = torch.cat([draws.tensor(1, low=0.8, high=0.95), draws.tensor(1, low=0.25, high=0.4)])
    return draws.tensor(*SHAPE, low=-2, high=2), alpha, beta


def sentence(training: bool) -> str:
    shares = "alpha, beta of shape (2,)" if training else "None, None"
    return f"shake_shake(branches, {shares}) with branches of shape {SHAPE}"


def one(share: Tensor) -> Tensor:
    return share[:1].expand(2).clone()


def forward(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    branches, alpha, beta = drawn(draws)
    others = {
        "alpha is the share of branch 0, not of branch 1": (1 - alpha, beta),
        "beta is used in the forward pass": (beta, alpha),
        "the first picture's alpha is used for all pictures": (one(alpha), beta),
        "the mean alpha is used for all pictures": (alpha.mean().expand(2).clone(), beta),
        HALVES: (None, None),
    }
    expected = oracle("forward", lambda a: a.call(branches, alpha, beta))
    causes = {
        text: oracle(f"other {number}", lambda a, given=given: a.call(branches, *given))
        for number, (text, given) in enumerate(others.items())
    }
    causes["the branches are added, without their shares"] = branches.sum(0)
    asked = sentence(True)
    got = tensor_of(answer.call(branches, alpha, beta), SHAPE[1:], asked)
    require_same(got, expected, PRECISE, asked, causes)


def backward(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    branches, alpha, beta = drawn(draws)
    direction = draws.tensor(*SHAPE[1:])

    def gradient(a: Answer, *shares) -> Tensor:
        return a.gradient(direction, branches, *shares)

    others = {
        "alpha is used in the backward pass too": (alpha, alpha),
        "beta is the share of branch 0, not of branch 1": (alpha, 1 - beta),
        "the first picture's beta is used for all pictures": (alpha, one(beta)),
        "the gradient is shared half and half": (None, None),
    }
    expected = oracle("backward", lambda a: gradient(a, alpha, beta))
    causes = {
        text: oracle(f"other {number}", lambda a, given=given: gradient(a, *given))
        for number, (text, given) in enumerate(others.items())
    }
    causes["the whole gradient goes to each branch"] = direction.expand(SHAPE)
    by_alpha, by_beta = (
        torch.tensor(values, dtype=torch.float64)
        for values in (causes["alpha is used in the backward pass too"], expected)
    )
    causes["the gradient is scaled by alpha and by beta"] = by_alpha * by_beta / direction
    asked = f"the gradient with respect to branches of {sentence(True)}"
    got = tensor_of(gradient(answer, alpha, beta), SHAPE, asked)
    require_same(got, expected, PRECISE, asked, causes)


def evaluation(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    branches, direction = draws.tensor(*SHAPE), draws.tensor(*SHAPE[1:])
    asked = sentence(False)
    expected = oracle("values", lambda a: a.call(branches, None, None))
    got = tensor_of(answer.call(branches, None, None), SHAPE[1:], asked)
    causes = {
        "the branches are added; each counts one half": branches.sum(0),
        "only branch 0 is there": branches[0],
        "only branch 1 is there": branches[1],
    }
    require_same(got, expected, PRECISE, asked, causes)
    asked = f"the gradient with respect to branches of {asked}"
    expected = oracle("gradient", lambda a: a.gradient(direction, branches, None, None))
    got = tensor_of(answer.gradient(direction, branches, None, None), SHAPE, asked)
    cut = "the backward pass has other shares than one half in evaluation"
    require_same(got, expected, PRECISE, asked, {cut: got})


def form(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    branches, alpha, beta = drawn(draws)
    tensor_of(answer.call(branches, alpha, beta), SHAPE[1:], sentence(True))


def kinds(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """float32 stays, and in evaluation the device too."""
    branches, alpha, beta = (t.float() for t in drawn(draws))
    asked = f"{sentence(True)}, torch.float32"
    expected = oracle("float32", lambda a: a.call(branches, alpha, beta))
    got = answer.call(branches, alpha, beta)
    if getattr(got, "dtype", None) != torch.float32:
        came = str(got.dtype) if isinstance(got, Tensor) else kind_of(got)
        raise Wrong(asked=asked, expected="dtype torch.float32, as branches", got=came)
    require_same(tensor_of(got, SHAPE[1:], asked), expected, COARSE, asked, {})
    device = answer.on_meta(branches, None, None)
    if device != "meta":
        raise Wrong(
            asked="branches on another device (torch's 'meta' device, which has shapes only)",
            expected="a result on the device of branches",
            got=f"a result on {device}",
            cause="a tensor made without device=branches.device",
        )


EXERCISE = Exercise(
    "shake_shake(branches, alpha, beta)",
    {
        "shape": form,
        "forward": forward,
        "backward": backward,
        "evaluation": evaluation,
        "dtype and device": kinds,
    },
    {"forward": 35, "backward": 35, "evaluation": 20, "dtype and device": 10},
)
