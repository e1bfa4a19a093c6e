"""Starfish, umbrella and parachute."""

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from helpers.data.drawn import light
from helpers.data.drawn.canvas import Canvas
from helpers.data.drawn.chance import between, happens, pick, whole
from helpers.data.drawn.colour import BLACK, WHITE, Colour, any_colour, hsv, mixed, scaled
from helpers.data.drawn.shapes import (
    arc,
    bezier,
    box,
    cos,
    ellipse,
    points,
    rounded,
    sin,
    smooth,
    spread,
)

CORDS = ((50, 50, 50), (225, 225, 220))


def starfish(canvas: Canvas, rng: Generator) -> None:
    """Five tapering arms, bent a little, with a row of knobs along each."""
    natural = happens(rng, 0.6)
    hue = between(rng, -0.03, 0.11) if natural else between(rng, 0, 1)
    skin = hsv(hue, between(rng, 0.25, 0.9), between(rng, 0.4, 0.95))
    waist, bend = between(rng, 0.28, 0.45), between(rng, -0.06, 0.06)
    lengths = [between(rng, 0.9, 1.1) for _ in range(5)]
    outline = _star(lengths, waist, bend, between(rng, 0.008, 0.016))
    canvas.polygon(outline, scaled(skin, 0.7))
    canvas.polygon(outline * between(rng, 0.86, 0.94), skin)
    knob = mixed(skin, WHITE if happens(rng, 0.7) else BLACK, between(rng, 0.3, 0.7))
    rows = pick(rng, ((0,), (-1, 1), (-1, 0, 1)))
    for arm, length in enumerate(lengths):
        _knobs(canvas, arm / 5, length, waist, bend, rows, knob)
    canvas.shading = light.pillow
    canvas.roughness = between(rng, 0.05, 0.3)


def _star(lengths: list[float], waist: float, bend: float, blunt: float) -> ndarray:
    corners = []
    for arm, length in enumerate(lengths):
        tip, valley = arm / 5 + bend, arm / 5 + 0.1
        corners += [(length, tip - blunt), (length, tip + blunt), (waist, valley)]
    radius, turns = np.array(corners).T
    return smooth(points(radius * sin(turns), -radius * cos(turns)))


def _knobs(canvas, turns, length, waist, bend, rows, colour) -> None:
    """Knobs from the middle to the tip; the outer rows close in on the middle one."""
    for radius in spread(0.12, length * 0.88, 8):
        away = (1 - radius / length) * waist * 0.4
        angle = turns + bend * radius * radius  # the outline's arms bend towards their tips
        for row in rows:
            x = radius * sin(angle) + row * away * cos(angle)
            y = -radius * cos(angle) + row * away * sin(angle)
            canvas.polygon(ellipse(x, y, 0.015 + 0.03 * (1 - radius / length), n=8), colour)


def _gores(canvas, tops, left, right, hem, fullness, colours: list[Colour]) -> None:
    """The cloth between two ribs, one strip a colour, from the crown down to the hem.

    Args:
        tops, left, right: x of the crown, of the hem's two ends.
        hem: y of the crown, of the hem, and how far a strip's hem bows (down is positive).
        fullness: how far a rib bulges outwards.
    """
    top, low, bow = hem
    edges = (left + right) / 2 + (right - left) / 2 * sin(spread(-0.25, 0.25, len(colours) + 1))
    for k, colour in enumerate(colours):
        a, b = edges[k], edges[k + 1]
        down = bezier((tops, top), (a * fullness, top), (a, low))
        along = bezier((a, low), ((a + b) / 2, low + bow), (b, low), 6)
        up = bezier((b, low), (b * fullness, top), (tops, top))
        side = 0.78 + 0.3 * float(cos((k + 0.5) / len(colours) / 2 - 0.18))
        canvas.polygon(np.concatenate([down, along, up]), scaled(colour, side))


def _cloth(rng: Generator, n: int) -> list[Colour]:
    """Colours of `n` strips: one, two in turn, or each its own."""
    kind = pick(rng, (0, 1, 1, 2, 2, 3))
    dark, bright = any_colour(rng, (0.2, 1), (0.3, 1)), any_colour(rng, (0.4, 1), (0.4, 1))
    other = pick(rng, (WHITE, bright, scaled(dark, 0.8)))
    if kind == 3:
        return [any_colour(rng, (0.5, 1), (0.4, 1)) for _ in range(n)]
    return [dark if k % 2 or kind == 0 else other for k in range(n)]


def umbrella(canvas: Canvas, rng: Generator) -> None:
    """An open umbrella from the side, sometimes from a little below."""
    colours = _cloth(rng, whole(rng, 5, 9))
    top, low = between(rng, -1.0, -0.7), between(rng, -0.1, 0.1)
    end, wood = between(rng, 0.8, 0.95), pick(rng, ((90, 60, 40), BLACK, BLACK))
    thick = between(rng, 0.06, 0.085)
    below = happens(rng, 0.2)
    if below:  # the far half of the hem, seen from inside
        inside = scaled(colours[0], 0.35)
        canvas.polygon(ellipse(0, low, 1.12, between(rng, 0.1, 0.22)), inside)
    _handle(canvas, rng, (top - 0.15, end), thick, wood)
    bow = between(rng, -0.2, -0.1)
    _gores(canvas, 0, -1.15, 1.15, (top, low, bow), 0.85, colours)
    if not below:  # ribs
        for x in 1.15 * sin(spread(-0.25, 0.25, len(colours) + 1)):
            rib = bezier((0, top), (x * 0.85, top), (x, low))
            canvas.line(rib, 0.018, scaled(colours[0], 0.4))
    canvas.roughness = between(rng, 0, 0.12)


def _handle(canvas, rng: Generator, span: tuple[float, float], thick: float, wood) -> None:
    top, end = span
    if happens(rng, 0.85):  # a crook
        radius = between(rng, 0.16, 0.21)
        crook = arc(-radius, end, radius, radius, 0, 0.5, 12)
        canvas.line([(0, top), *crook], thick, wood)
    else:
        canvas.line([(0, top), (0, end)], thick, wood)
        canvas.polygon(
            rounded(-thick, end - 0.25, thick, end + 0.1, thick * 0.9), scaled(wood, 0.6)
        )


def parachute(canvas: Canvas, rng: Generator) -> None:
    """A canopy with its lines, and a jumper or a crate below."""
    end = between(rng, 0.75, 1.0)
    if happens(rng, 0.15):
        _wing(canvas, rng, end)
    else:
        _dome(canvas, rng, end)
    if happens(rng, 0.75):
        _jumper(canvas, rng, end)
    else:
        canvas.polygon(box(-0.14, end - 0.02, 0.14, end + 0.25), (140, 100, 60))
        canvas.line([(-0.14, end + 0.1), (0.14, end + 0.1)], 0.04, (80, 55, 30))
    canvas.roughness = between(rng, 0, 0.12)


def _lines(canvas: Canvas, xs: ndarray, low: float, end: float, colour: Colour) -> None:
    for x in xs:
        canvas.line([(x, low), (0.05 if x > 0 else -0.05, end)], 0.018, colour)


def _dome(canvas: Canvas, rng: Generator, end: float) -> None:
    colours = _cloth(rng, whole(rng, 6, 11))
    top, low = between(rng, -1.1, -0.85), between(rng, -0.25, -0.1)
    cord = pick(rng, CORDS)
    _lines(canvas, 1.1 * sin(spread(-0.25, 0.25, len(colours) + 1)), low, end, cord)
    _gores(canvas, 0, -1.1, 1.1, (top, low, between(rng, 0.06, 0.16)), 0.95, colours)


def _wing(canvas: Canvas, rng: Generator, end: float) -> None:
    """A sports parachute: a bent row of cells."""
    colours = _cloth(rng, whole(rng, 7, 9))
    sag, deep = between(rng, 0.25, 0.5), between(rng, 0.3, 0.42)
    x = spread(-1.15, 1.15, len(colours) + 1)
    y = -0.95 + sag * x * x
    _lines(canvas, x[::2] * 0.97, -0.5, end, pick(rng, CORDS))
    for k, colour in enumerate(colours):
        (a, b), (p, q) = x[k : k + 2], y[k : k + 2]
        top = bezier((a, p), ((a + b) / 2, (p + q) / 2 - 0.06), (b, q), 6)
        canvas.polygon([*top, (b * 0.97, q + deep), (a * 0.97, p + deep)], scaled(colour, 0.95))
        canvas.polygon(
            [(a, p + deep * 0.7), (b, q + deep * 0.7), (b * 0.97, q + deep), (a * 0.97, p + deep)],
            scaled(colour, 0.55),
        )


def _jumper(canvas: Canvas, rng: Generator, end: float) -> None:
    suit, trousers = any_colour(rng, (0.1, 1), (0.1, 0.6)), any_colour(rng, (0.1, 1), (0.1, 0.5))
    for side in (-1, 1):
        canvas.line([(side * 0.1, end + 0.1), (side * 0.15, end - 0.1)], 0.045, suit)
        foot = between(rng, 0.04, 0.14)
        canvas.line([(side * 0.04, end + 0.26), (side * foot, end + 0.48)], 0.06, trousers)
    canvas.polygon(rounded(-0.1, end + 0.04, 0.1, end + 0.3, 0.05), suit)
    canvas.polygon(ellipse(0, end, 0.065), (70, 50, 45))
