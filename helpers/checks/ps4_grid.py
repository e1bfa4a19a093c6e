"""ps4-grid: a module that halves its maps, three branches side by side.

Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016,
figure 10; the padding, as TensorFlow's "SAME" has it, is the exercise's.
"""

import torch
from torch import Tensor

from helpers.checks.blocks import Case, gradient, table, values
from helpers.checks.compare import alike, close, first_difference, tensor_of
from helpers.checks.draws import Draws
from helpers.checks.exercise import Exercise
from helpers.checks.failure import Wrong
from helpers.checks.layers import SINGLE, flat, shapes_of, weights
from helpers.checks.oracle import Oracle
from helpers.checks.protocol import Answer

NAME = "GridReduction"
EVEN = Case(NAME, (4, 3, 5, 2), (2, 4, 6, 8), inner=False)
ODD = Case(NAME, (3, 2, 3, 4), (1, 3, 7, 5), inner=False)
MIXED = Case(NAME, (2, 3, 2, 2), (1, 2, 6, 9), inner=False)
TINY = Case(NAME, (2, 2, 2, 3), (1, 2, 2, 1), inner=False)


def below_zero(answer: Answer, oracle: Oracle, draws: Draws) -> None:
    """Inputs below 0 show what the pooling sees outside of the picture."""
    asked = f"{EVEN.asked} whose numbers are all below 0: the channels of the pooling"
    x = -EVEN.input(draws) - 1
    shapes = oracle("parameters", lambda a: shapes_of(EVEN.run(a, x)))
    size = oracle("output", lambda a: list(EVEN.run(a, x).output.shape))
    drawn = weights(flat(shapes), draws)

    def pooled(a: Answer) -> Tensor:
        output = tensor_of(EVEN.filled(a, x, drawn).run(x).output, tuple(size), asked)
        return output[:, -EVEN.shape[1] :].amax((0, 1))

    expected, got = oracle("pooled", pooled), pooled(answer)
    same = close(got, expected, SINGLE)
    if not same.all():
        edge = alike(got[:-1, :-1], torch.tensor(expected)[:-1, :-1], SINGLE)
        cause = "zeros outside of the picture win against its negative numbers" if edge else ""
        raise Wrong(asked=asked, cause=cause, **first_difference(got, expected, same))


EXERCISE = Exercise(
    f"{NAME}(c_in, reduced, double, single)",
    {
        "table": table(EVEN),
        "even sizes": values(EVEN),
        "odd sizes": values(ODD, MIXED),
        "tiny maps": values(TINY),
        "negative inputs": below_zero,
        "gradient": gradient(ODD),
    },
    {"even sizes": 50, "odd sizes": 20, "tiny maps": 10, "negative inputs": 10, "gradient": 10},
)
