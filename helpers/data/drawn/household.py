"""Christmas stocking, padlock, envelope and remote control."""

import numpy as np
from numpy.random import Generator

from helpers.data.drawn import light
from helpers.data.drawn.canvas import Canvas
from helpers.data.drawn.chance import between, happens, pick, whole
from helpers.data.drawn.colour import BLACK, STEEL, WHITE, any_colour, common_colour, mixed, scaled
from helpers.data.drawn.shapes import (
    arc,
    blob,
    box,
    cos,
    ellipse,
    rounded,
    sin,
    smooth,
    spread,
    turned,
)


def christmas_stocking(canvas: Canvas, rng: Generator) -> None:
    """A sock with a fur cuff, patches on toe and heel, a pattern and a loop."""
    wool = (195, 25, 35) if happens(rng, 0.25) else any_colour(rng, (0.5, 1), (0.25, 0.8))
    trim = WHITE if happens(rng, 0.6) else any_colour(rng, (0, 0.6), (0.5, 1))
    toe, wide = between(rng, 0.7, 1.0), between(rng, 0.3, 0.38)
    loop = arc(-wide, -1.15, 0.08, 0.13, 0, 1, 16)
    canvas.line(loop, 0.035, wool)
    if happens(rng, 0.3):
        _presents(canvas, rng, wide)
    leg = [(-wide, -0.8), (wide, -0.8), (wide, -0.2), (wide + 0.02, 0.15), (toe * 0.8, 0.4)]
    foot = [(toe, 0.7), (toe * 0.8, 1), (0.3, 1.0), (-0.2, 0.85), (-wide - 0.05, 0.5)]
    canvas.polygon(smooth([*leg, *foot, (-wide, -0.1)]), wool)
    _pattern(canvas, rng, wide * 0.8, trim)
    if happens(rng, 0.6):
        tip = [(toe * 0.8, 0.4), (toe, 0.7), (toe * 0.8, 1), (0.5, 1.0), (0.52, 0.65)]
        canvas.polygon(smooth(tip), trim)
        heel = [(-wide - 0.05, 0.5), (-0.2, 0.85), (0, 0.9), (-0.1, 0.6), (-0.3, 0.4)]
        canvas.polygon(smooth(heel), trim)
    _cuff(canvas, rng, wide, WHITE if happens(rng, 0.55) else trim)
    canvas.shading = light.pillow
    canvas.roughness = between(rng, 0.05, 0.2)


def _presents(canvas: Canvas, rng: Generator, wide: float) -> None:
    """What sticks out of a full stocking: a parcel and a candy cane."""
    canvas.polygon(box(-0.1, -1.4, wide, -0.9), common_colour(rng))
    crook = arc(-0.2, -1.35, 0.1, 0.1, 0.5, 1, 10)
    canvas.line([(-0.3, -0.9), *crook], 0.07, (220, 60, 60))


def _cuff(canvas: Canvas, rng: Generator, wide: float, fur) -> None:
    deep = between(rng, -0.8, -0.6)
    fluff = rounded(-wide - 0.12, -1.1, wide + 0.1, deep, 0.15, n=3)
    ragged = [(x + between(rng, -0.03, 0.03), y + between(rng, -0.03, 0.03)) for x, y in fluff]
    canvas.polygon(smooth(ragged), fur)


def _pattern(canvas: Canvas, rng: Generator, wide: float, trim) -> None:
    """Nothing, stripes, zigzags, dots or stars on the leg."""
    kind = whole(rng, 0, 4)
    spots = [(-0.12, -0.3), (0.12, 0.1), (0.22, 0.5), (-0.15, 0.35), (0.15, -0.45)]
    if kind == 1:
        for y in spread(-0.45, 0.25, whole(rng, 2, 4)):
            canvas.line([(-wide * 1.2, y), (wide * 1.2, y)], between(rng, 0.06, 0.12), trim)
    elif kind == 2:
        for y in (-0.35, 0.05):
            zigzag = [(x, y + 0.1 * (k % 2)) for k, x in enumerate(spread(-wide, wide, 7))]
            canvas.line(zigzag, 0.05, trim)
    elif kind == 3:
        for x, y in spots:
            canvas.polygon(ellipse(x, y, 0.08, n=16), trim)
    elif kind == 4:
        for (x, y), k in ((spot, k) for spot in spots for k in range(3)):
            ray = turned(np.array([(-0.11, 0.0), (0.11, 0.0)]), k / 6) + np.array([x, y])
            canvas.line(ray, 0.03, trim)


def padlock(canvas: Canvas, rng: Generator) -> None:
    """A body of metal with a keyhole, and a shackle, closed or open."""
    metal = any_colour(rng, (0.2, 0.9), (0.55, 0.95))
    metal = metal if happens(rng, 0.25) else pick(rng, ((200, 160, 60), STEEL, (95, 105, 125)))
    metal = scaled(metal, between(rng, 0.85, 1.15))
    _shackle(canvas, rng)
    shape = pick(rng, (*(_plain_body,) * 6, _layered_body))
    shape(canvas, rng, metal)
    if happens(rng, 0.08):
        canvas.polygon(ellipse(0, 0.5, 0.3), scaled(metal, 1.25))
    _keyhole(canvas, between(rng, 0.95, 1.2))
    canvas.shading = light.column


def _shackle(canvas: Canvas, rng: Generator) -> None:
    half, thick = between(rng, 0.44, 0.52), between(rng, 0.17, 0.24)
    high = between(rng, -0.6, -0.4)
    bow = arc(0, high, half, half, 0.5, 1, 24)
    ends = ((-half, 0.1), (half, 0.1))
    if happens(rng, 0.08):  # open: lifted, one end free
        bow, ends = bow - (0, 0.2), ((-half, 0.1), (half, high + 0.15))
    path = np.array([ends[0], *bow, ends[1]])
    steel = pick(rng, (STEEL, (185, 187, 192), (125, 127, 134)))
    canvas.line(path, thick, scaled(steel, 0.9))
    shine = path - np.array([thick * 0.12, 0])
    canvas.line(shine, thick * 0.3, scaled(steel, 1.45))


def _plain_body(canvas: Canvas, rng: Generator, metal) -> None:
    wide, low, curve = between(rng, 0.74, 0.84), between(rng, 0.9, 1.05), between(rng, 0.08, 0.3)
    canvas.polygon(rounded(-wide, -0.1, wide, low, curve), scaled(metal, 0.75))
    canvas.polygon(rounded(-wide + 0.03, -0.08, wide - 0.04, low - 0.03, curve), metal)


def _layered_body(canvas: Canvas, rng: Generator, metal) -> None:
    """Riveted steel plates, seen as stripes."""
    canvas.polygon(rounded(-0.78, -0.1, 0.78, 0.95, 0.12), scaled(metal, 0.95))
    for y in spread(0.0, 0.85, whole(rng, 5, 8)):
        canvas.line([(-0.78, y), (0.78, y)], 0.025, scaled(metal, 0.65))
    for x, y in ((-0.65, 0.02), (0.65, 0.02), (-0.65, 0.84), (0.65, 0.84)):
        canvas.polygon(ellipse(x, y, 0.06, n=12), scaled(metal, 1.3))


def _keyhole(canvas: Canvas, size: float) -> None:
    canvas.polygon(ellipse(0, 0.42, 0.13 * size, n=20), BLACK)
    slot = np.array([(-0.06, 0), (0.06, 0), (0.09, 0.33), (-0.09, 0.33)]) * size + (0, 0.42)
    canvas.polygon(slot, BLACK)


def envelope(canvas: Canvas, rng: Generator) -> None:
    """The back with its flap, closed or open, or the front with stamp and address."""
    paper = any_colour(rng, (0, 0.9), (0.35, 1))
    paper = paper if happens(rng, 0.7) else pick(rng, ((200, 165, 115), WHITE))
    high = between(rng, 0.6, 0.8)
    side = pick(rng, (_closed, _closed, _open, _front))
    side(canvas, rng, paper, high)
    canvas.roughness = between(rng, 0, 0.1)


def _sheet(canvas: Canvas, paper, high: float) -> None:
    canvas.polygon(box(-1.1, -high, 1.1, high), scaled(paper, 0.7))
    canvas.polygon(box(-1.085, -high + 0.015, 1.085, high - 0.015), paper)


def _closed(canvas: Canvas, rng: Generator, paper, high: float) -> None:
    fold, tip = scaled(paper, between(rng, 0.6, 0.8)), between(rng, 0.0, 0.3)
    _sheet(canvas, paper, high)
    for side in (-1, 1):
        canvas.line([(side * 1.08, high), (0, tip - 0.2)], 0.025, fold)
    canvas.polygon([(-1.1, -high), (1.1, -high), (0, tip)], scaled(paper, 0.93))
    canvas.line([(-1.1, -high), (0, tip), (1.1, -high)], 0.035, fold)
    if happens(rng, 0.35):
        canvas.polygon(blob(rng, 10, 0.12) * 0.17 + (0, tip - 0.05), common_colour(rng))


def _open(canvas: Canvas, rng: Generator, paper, high: float) -> None:
    """The flap up, a letter looking out."""
    fold = scaled(paper, 0.68)
    canvas.polygon([(-1.1, -high), (1.1, -high), (0, -high - 0.65)], scaled(paper, 0.6))
    letter = between(rng, 0.15, 0.4)
    canvas.polygon(box(-0.95, -high - letter, 0.95, 0), WHITE)
    for y in spread(-high - letter + 0.1, -high + 0.3, 4):
        canvas.line([(-0.8, y), (0.75, y)], 0.03, (120, 120, 130))
    front = [(-1.1, -high), (0, 0.1), (1.1, -high), (1.1, high), (-1.1, high)]
    canvas.polygon(front, paper)
    canvas.line([(-1.1, -high), (0, 0.1), (1.1, -high)], 0.035, fold)
    for side in (-1, 1):
        canvas.line([(side * 1.08, high), (0, -0.05)], 0.03, fold)


def _front(canvas: Canvas, rng: Generator, paper, high: float) -> None:
    _sheet(canvas, paper, high)
    if happens(rng, 0.5):
        _airmail(canvas, high)
    ink = pick(rng, (BLACK, (40, 50, 120)))
    for k, y in enumerate((0.0, 0.17, 0.34)):
        canvas.line([(-0.25, y), (between(rng, 0.4, 0.8) - 0.1 * k, y)], 0.05, ink)
    canvas.polygon(box(0.68, -high + 0.12, 0.98, -high + 0.5), WHITE)
    canvas.polygon(box(0.71, -high + 0.15, 0.95, -high + 0.47), common_colour(rng))
    for k in range(3):
        y = -high + 0.2 + 0.09 * k
        canvas.line([(0.2, y), (0.62, y)], 0.025, (90, 90, 100))


def _airmail(canvas: Canvas, high: float) -> None:
    """Red and blue bars along the long edges."""
    for k, x in enumerate(spread(-1.05, 0.9, 12)):
        colour = ((200, 50, 50), WHITE, (50, 70, 170), WHITE)[k % 4]
        for y in (-high, high - 0.09):
            canvas.polygon(
                [(x, y), (x + 0.15, y), (x + 0.18, y + 0.09), (x + 0.03, y + 0.09)], colour
            )


def remote_control(canvas: Canvas, rng: Generator) -> None:
    """A long case with rows of keys, a power key, often a round pad."""
    case = mixed((35, 35, 38), any_colour(rng), between(rng, 0, 0.6))
    if happens(rng, 0.45):
        case = mixed((205, 205, 210), any_colour(rng), between(rng, 0, 0.8))
    key = scaled(case, 2.2) if sum(case) < 300 else scaled(case, between(rng, 0.3, 0.6))
    wide, round_by = between(rng, 0.3, 0.42), between(rng, 0.06, 0.25)
    canvas.polygon(rounded(-wide, -1.2, wide, 1.2, round_by), scaled(case, 0.65))
    canvas.polygon(rounded(-wide + 0.03, -1.18, wide - 0.04, 1.16, round_by), case)
    canvas.polygon(ellipse(-wide * 0.6, -1.05, 0.06, n=16), (210, 40, 40))
    upper, lower = (_pad, _number_keys) if happens(rng, 0.5) else (_number_keys, _pad)
    upper(canvas, rng, wide, -0.85, key)
    lower(canvas, rng, wide, 0.05, key)
    canvas.roughness = between(rng, 0, 0.08)


def _number_keys(canvas: Canvas, rng: Generator, wide, top, key) -> None:
    """Rows of three or four keys, one row in colours on some."""
    columns, rows, flat = whole(rng, 3, 4), whole(rng, 3, 5), between(rng, 0.4, 0.8)
    radius, bright = wide * 0.55 / columns, happens(rng, 0.5)
    colours = ((200, 60, 50), (60, 160, 80), (220, 190, 60), (60, 90, 190))
    for row, y in enumerate(spread(top + 0.1, top + 0.72, rows)):
        for column, x in enumerate(spread(-wide * 0.65, wide * 0.65, columns)):
            colour = colours[column] if bright and row == 0 else key
            outline = rounded(
                x - radius, y - radius * flat, x + radius, y + radius * flat, radius / 3, 3
            )
            canvas.polygon(outline, colour)


def _pad(canvas: Canvas, rng: Generator, wide, top, key) -> None:
    """A ring of four directions, and two rockers under it."""
    radius = wide * between(rng, 0.6, 0.75)
    centre = top + 0.3
    canvas.polygon(ellipse(0, centre, radius), key)
    canvas.polygon(ellipse(0, centre, radius * 0.45), scaled(key, 0.6))
    for k in range(4):
        x, y = radius * 0.72 * float(cos(k / 4)), radius * 0.72 * float(sin(k / 4))
        canvas.polygon(ellipse(x, centre + y, 0.03, n=8), scaled(key, 0.4))
    for x in (-wide * 0.5, wide * 0.5):
        canvas.polygon(rounded(x - 0.07, top + 0.65, x + 0.07, top + 0.95, 0.06), key)
