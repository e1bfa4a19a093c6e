"""Shapes that belong to no class: clutter behind the objects, occluders before them.

Some share a part with a class (a disc with dots, a ring, a striped fan, a panel with keys),
and all wear the classes' colours, so that neither a colour nor one part gives a class away.
"""

from numpy.random import Generator

from helpers.data.drawn.canvas import Canvas
from helpers.data.drawn.chance import between, happens, pick, whole
from helpers.data.drawn.colour import common_colour
from helpers.data.drawn.shapes import arc, blob, box, ellipse, points, rounded, smooth, spread

EXTENT = (1.3, 1.3)


def draw(canvas: Canvas, rng: Generator) -> None:
    """One decoy within about ±1."""
    if happens(rng, 0.4):
        canvas.roughness = between(rng, 0.05, 0.3)
    pick(rng, KINDS)(canvas, rng)


def pebble(canvas: Canvas, rng: Generator) -> None:
    canvas.polygon(blob(rng), common_colour(rng))


def spotted(canvas: Canvas, rng: Generator) -> None:
    canvas.polygon(blob(rng, 7, pick(rng, (0, 0.2))), common_colour(rng))
    colour = common_colour(rng)
    for _ in range(whole(rng, 3, 6)):
        x, y = between(rng, -0.5, 0.5), between(rng, -0.5, 0.5)
        canvas.polygon(ellipse(x, y, between(rng, 0.1, 0.3)), colour)


def slab(canvas: Canvas, rng: Generator) -> None:
    high = between(rng, 0.2, 0.9)
    canvas.polygon(box(-1, -high, 1, high), common_colour(rng))


def shard(canvas: Canvas, rng: Generator) -> None:
    corners = [(x + between(rng, -0.3, 0.3), y) for x, y in ((0, -1), (0.9, 0.6), (-0.8, 0.7))]
    canvas.polygon(corners, common_colour(rng))


def ribbon(canvas: Canvas, rng: Generator) -> None:
    corners = [(x, between(rng, -0.8, 0.8)) for x in (-1, -0.35, 0.35, 1)]
    canvas.line(smooth(corners, closed=False), between(rng, 0.08, 0.3), common_colour(rng))


def bars(canvas: Canvas, rng: Generator) -> None:
    high = between(rng, 0.3, 0.9)
    canvas.polygon(box(-1, -high, 1, high), common_colour(rng))
    colour = common_colour(rng)
    for x in spread(-0.8, 0.8, whole(rng, 2, 6)):
        canvas.line([(x, -high), (x, high)], 0.08, colour)


def panel(canvas: Canvas, rng: Generator) -> None:
    wide, high = between(rng, 0.5, 1), between(rng, 0.4, 0.8)
    canvas.polygon(rounded(-wide, -high, wide, high, 0.15), common_colour(rng))
    colour = common_colour(rng)
    for _ in range(whole(rng, 1, 4)):
        x, y = between(rng, -wide, wide) * 0.6, between(rng, -high, high) * 0.6
        canvas.polygon(box(x - 0.15, y - 0.1, x + 0.15, y + 0.1), colour)


def eye(canvas: Canvas, rng: Generator) -> None:
    high = between(rng, 0.3, 0.8)
    canvas.polygon(ellipse(0, 0, 1, high), common_colour(rng))
    canvas.polygon(ellipse(0, 0, 0.7, high * 0.6), common_colour(rng))


def ring(canvas: Canvas, rng: Generator) -> None:
    end = pick(rng, (0.5, 0.75, 1.0))
    canvas.line(arc(0, 0, 0.85, between(rng, 0.5, 0.85), 0, end), 0.2, common_colour(rng))


def fan(canvas: Canvas, rng: Generator) -> None:
    colours, blades = (common_colour(rng), common_colour(rng)), whole(rng, 3, 6)
    for k, start in enumerate(spread(0, 0.5, blades + 1)[:-1]):
        rim = arc(0, 0, 1, 1, start, start + 0.5 / blades, 6)
        canvas.polygon([(0, 0), *rim], colours[k % 2])


def burr(canvas: Canvas, rng: Generator) -> None:
    tips = whole(rng, 6, 9)
    turns = spread(0, 1 - 1 / tips, tips)
    colour = common_colour(rng)
    for t in turns:
        canvas.line([(0, 0), tuple(arc(0, 0, 0.95, 0.95, t, t, 1)[0])], 0.2, colour)
    canvas.polygon(ellipse(0, 0, 0.45), common_colour(rng))


def peg(canvas: Canvas, rng: Generator) -> None:
    long, colour = between(rng, 0.05, 0.2), common_colour(rng)
    canvas.polygon(points([-long, long, long, -long], [-1, -1, 0.6, 0.6]), colour)
    canvas.polygon(ellipse(0, 0.6, between(rng, 0.2, 0.4)), common_colour(rng))


KINDS = (pebble, spotted, slab, shard, ribbon, bars, panel, eye, ring, fan, burr, peg)
