"""The table of classes: ImageNet's name -> how it is drawn.

To add a class: write one function `(canvas, rng)` that paints the object upright about the
origin, from -1 to 1 or so, y down (`household.py` has short ones), and add one line here.
Draw every choice from `rng` with the functions of `chance`: two hundred pictures should show
two hundred different objects. Then look at them (`draw(label, rng).image`): a stranger must
be able to name each.
"""

from collections.abc import Callable
from dataclasses import dataclass

from numpy.random import Generator

from helpers.data.drawn.ball import soccer_ball
from helpers.data.drawn.canvas import Canvas
from helpers.data.drawn.guitars import acoustic_guitar, electric_guitar
from helpers.data.drawn.household import christmas_stocking, envelope, padlock, remote_control
from helpers.data.drawn.outdoors import parachute, starfish, umbrella


@dataclass(frozen=True)
class Kind:
    """One class.

    Attributes:
        wnid: ImageNet's number of the class.
        drawer: paints one object.
        extent: half width and half height that the drawer may use, in its units.
        turn: how far the object may be rotated either way, in turns.
        size: larger than 1 for a thing that fills little of its extent.
    """

    wnid: str
    drawer: Callable[[Canvas, Generator], None]
    extent: tuple[float, float]
    turn: float
    size: float


KINDS = {
    "soccer ball": Kind("n04254680", soccer_ball, (1.0, 1.0), 0.5, 0.7),
    "starfish": Kind("n02317335", starfish, (1.15, 1.15), 0.5, 1.15),
    "umbrella": Kind("n04507155", umbrella, (1.2, 1.2), 0.07, 1.2),
    "parachute": Kind("n03888257", parachute, (1.2, 1.5), 0.06, 1.3),
    "Christmas stocking": Kind("n03026506", christmas_stocking, (1.05, 1.5), 0.1, 1.25),
    "acoustic guitar": Kind("n02676566", acoustic_guitar, (0.65, 1.55), 0.15, 1.25),
    "electric guitar": Kind("n03272010", electric_guitar, (0.65, 1.65), 0.15, 1.15),
    "padlock": Kind("n03874599", padlock, (0.9, 1.55), 0.1, 1.2),
    "envelope": Kind("n03291819", envelope, (1.15, 1.5), 0.2, 0.93),
    "remote control": Kind("n04074963", remote_control, (0.45, 1.25), 0.16, 0.8),
}
