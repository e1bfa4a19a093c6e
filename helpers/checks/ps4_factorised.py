"""ps4-factorised: an Inception module with n by 1 and 1 by n kernels.

Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", 2016, figure 6;
the order of the two kernels in the short branch, and the edge of the pooling, are the exercise's.
"""

from helpers.checks.blocks import Case, gradient, table, values
from helpers.checks.exercise import Exercise

NAME = "FactorisedInception"
SEVEN = Case(NAME, (6, 3, 4, 7), (2, 6, 9, 8))
THREE = Case(NAME, (5, 4, 2, 3), (1, 5, 4, 6))
FIVE = Case(NAME, (3, 2, 5, 5), (1, 3, 6, 3))

EXERCISE = Exercise(
    f"{NAME}(c_in, reduced, width, n)",
    {
        "table": table(SEVEN),
        "values": values(SEVEN),
        "other n": values(THREE, FIVE),
        "gradient": gradient(THREE),
    },
    {"values": 70, "other n": 20, "gradient": 10},
)
