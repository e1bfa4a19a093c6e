"""The two guitars: body, neck, head, strings."""

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from helpers.data.drawn.canvas import Canvas
from helpers.data.drawn.chance import between, happens, pick, whole
from helpers.data.drawn.colour import BLACK, STEEL, WHITE, Colour, any_colour, hsv, mixed, scaled
from helpers.data.drawn.shapes import box, ellipse, mirrored, rounded, smooth, spread

ROSEWOOD, MAPLE = (70, 45, 30), (190, 150, 90)


def acoustic_guitar(canvas: Canvas, rng: Generator) -> None:
    """A waisted body with a sound hole; some have a cut-away or a pick guard."""
    natural = happens(rng, 0.55)
    hue = between(rng, 0.04, 0.12) if natural else between(rng, 0, 1)
    top = hsv(hue, between(rng, 0.3, 0.85), between(rng, 0.25, 0.95))
    outline = _acoustic_body(rng)
    _body(canvas, outline, top, scaled(top, between(rng, 0.35, 0.7)))
    hole = between(rng, 0.14, 0.19)
    if happens(rng, 0.4):
        guard = [(0.1, 0.4), (0.3, 0.45), (0.33, 0.65), (0.15, 0.62)]
        canvas.polygon(smooth(guard), pick(rng, (BLACK, (90, 40, 25), WHITE)))
    canvas.polygon(ellipse(0, 0.32, hole * 1.25), scaled(top, 0.45))
    canvas.polygon(ellipse(0, 0.32, hole), (25, 15, 10))
    canvas.polygon(box(-0.2, 0.8, 0.2, 0.88), (50, 30, 20))
    _neck(canvas, rng, head=-1.12, foot=0.18, bridge=0.84, wide=0.075)
    _slotted_head(canvas, rng)
    canvas.roughness = between(rng, 0, 0.12)


def _acoustic_body(rng: Generator) -> ndarray:
    shoulder, waist = between(rng, 0.36, 0.46), between(rng, 0.28, 0.38)
    hips, end = between(rng, 0.5, 0.6), between(rng, 1.15, 1.25)
    right = [(0.1, -0.12), (shoulder * 0.9, -0.18), (shoulder, 0.08), (waist, 0.34)]
    right += [(hips, 0.7), (hips * 0.9, end - 0.15), (0.2, end), (0.05, end)]
    outline = mirrored(right)
    if happens(rng, 0.08):  # a cut-away shoulder
        outline[1], outline[2] = (0.12, 0.1), (shoulder * 0.9, 0.02)
    return smooth(outline)


def _body(canvas: Canvas, outline: ndarray, top: Colour, rim: Colour) -> None:
    centre = np.array([0, 0.5])
    canvas.polygon(outline, rim)
    canvas.polygon((outline - centre) * 0.94 + centre, top)


def _neck(canvas: Canvas, rng: Generator, head, foot, bridge, wide) -> None:
    """Fingerboard, frets and strings; each fret's step is 0.89 of the one before."""
    board = pick(rng, (ROSEWOOD, MAPLE, (35, 30, 28)))
    canvas.polygon([(-wide, head), (wide, head), (wide * 1.2, foot), (-wide * 1.2, foot)], board)
    for fret in range(1, 15):
        y = head + (foot - head) * (1 - 0.89**fret) * 1.2
        canvas.line([(-wide, y), (wide, y)], 0.013, (205, 200, 185))
    shine = pick(rng, ((225, 225, 220), (190, 170, 120)))
    for x in spread(-0.75, 0.75, 6) * wide:
        canvas.line([(x, head), (x * 1.5, bridge)], 0.008, shine)


def _slotted_head(canvas: Canvas, rng: Generator) -> None:
    """A head with three pegs on each side."""
    wood, pegs = pick(rng, ((60, 35, 25), MAPLE, BLACK)), pick(rng, (STEEL, WHITE, (200, 160, 60)))
    flare = between(rng, 0.1, 0.15)
    corners = [(-flare, -1.5), (flare, -1.5), (0.08, -1.1), (-0.08, -1.1)]
    canvas.polygon(corners, wood)
    for side in (-1, 1):
        for y in (-1.43, -1.31, -1.19):
            canvas.polygon(ellipse(side * (flare + 0.03), y, 0.05, 0.035, n=12), pegs)


DOUBLE_CUT = (
    *((-0.12, 0.2), (-0.4, -0.15), (-0.5, 0.05), (-0.38, 0.4), (-0.52, 0.75), (-0.42, 1.1)),
    *((0, 1.2), (0.4, 1.12), (0.55, 0.8), (0.36, 0.45), (0.42, 0.15), (0.36, -0.02), (0.15, 0.2)),
)
SINGLE_CUT = (
    *((-0.1, 0.02), (-0.36, -0.05), (-0.47, 0.18), (-0.38, 0.45), (-0.54, 0.78), (-0.42, 1.1)),
    *((0, 1.2), (0.42, 1.1), (0.54, 0.78), (0.38, 0.48), (0.45, 0.2), (0.4, 0.06), (0.12, 0.25)),
)
HORNED = (
    *((-0.1, 0.22), (-0.3, -0.1), (-0.42, -0.14), (-0.36, 0.35), (-0.46, 0.75), (-0.36, 1.08)),
    *((0, 1.16), (0.36, 1.08), (0.46, 0.75), (0.36, 0.35), (0.42, -0.1), (0.3, -0.08), (0.1, 0.22)),
)
ARROW = (
    *((-0.1, 0.08), (-0.16, 0.25), (-0.6, 1.08), (-0.48, 1.18), (-0.1, 0.82)),
    *((0.1, 0.82), (0.48, 1.18), (0.6, 1.08), (0.16, 0.25), (0.1, 0.08)),
)


def electric_guitar(canvas: Canvas, rng: Generator) -> None:
    """A flat body with horns, pick-ups and knobs, and a long neck."""
    shape = pick(rng, (*(DOUBLE_CUT, SINGLE_CUT) * 3, HORNED, ARROW))
    natural = happens(rng, 0.3)
    paint = (
        hsv(between(rng, 0.03, 0.11), 0.7, 0.8) if natural else any_colour(rng, (0, 1), (0.1, 1))
    )
    outline = smooth(shape) if shape is not ARROW else smooth(shape, n=3)
    _body(canvas, outline, paint, mixed(paint, BLACK, between(rng, 0.3, 0.8)))
    if shape is not ARROW and happens(rng, 0.6):
        guard = [(-0.1, 0.25), (0.25, 0.15), (0.28, 0.5), (0.38, 0.8), (0.2, 0.95), (-0.15, 0.7)]
        canvas.polygon(smooth(guard), pick(rng, (WHITE, BLACK, (120, 40, 30))))
    _pickups(canvas, rng, knobs=shape is not ARROW)
    _neck(canvas, rng, head=-1.15, foot=0.28, bridge=0.86, wide=0.06)
    if happens(rng, 0.6):
        _six_in_line(canvas, rng)
    else:
        _slotted_head(canvas, rng)
    canvas.roughness = between(rng, 0, 0.08)


def _pickups(canvas: Canvas, rng: Generator, knobs: bool) -> None:
    cover, tall = pick(rng, (BLACK, STEEL, WHITE)), between(rng, 0.03, 0.06)
    for y in pick(rng, ((0.38, 0.7), (0.36, 0.53, 0.7), (0.68,))):
        canvas.polygon(rounded(-0.14, y - tall, 0.14, y + tall, 0.02), cover)
    canvas.polygon(box(-0.14, 0.82, 0.14, 0.91), (190, 190, 190))
    for k in range(whole(rng, 2, 4) if knobs else 0):
        x, y = 0.26 + 0.1 * (k % 2), 0.72 + 0.13 * (k // 2) + 0.08 * (k % 2)
        canvas.polygon(ellipse(x, y, 0.045, n=12), pick(rng, (BLACK, STEEL, (200, 160, 60))))


def _six_in_line(canvas: Canvas, rng: Generator) -> None:
    """A head with all its pegs on one side."""
    head = [(-0.06, -1.1), (-0.1, -1.3), (-0.12, -1.55), (0.05, -1.62), (0.12, -1.45), (0.06, -1.1)]
    canvas.polygon(smooth(head), pick(rng, (MAPLE, MAPLE, BLACK, any_colour(rng))))
    for y in spread(-1.52, -1.2, 6):
        canvas.polygon(ellipse(-0.14, y, 0.035, 0.02, n=12), (200, 200, 200))
