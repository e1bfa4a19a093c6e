"""ps4-network: the small Inception network by its table.

Source: Zhang et al., "Understanding deep learning requires rethinking generalization", 2017,
figure 3, "Inception (small)"; without batch norm here.
"""

from helpers.checks.blocks import Case, gradient, table, values
from helpers.checks.exercise import Exercise

NAME = "SmallInception"
USUAL = Case(NAME, (10,), (2, 3, 28, 28))
OTHER = Case(NAME, (3,), (1, 3, 21, 30))

EXERCISE = Exercise(
    f"{NAME}(num_classes)",
    {
        "table": table(USUAL),
        "logits": values(USUAL),
        "other sizes": values(OTHER),
        "gradient": gradient(Case(NAME, (4,), (1, 3, 12, 12))),
    },
    {"logits": 70, "other sizes": 20, "gradient": 10},
)
