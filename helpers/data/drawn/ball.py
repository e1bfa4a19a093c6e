"""The soccer ball: a truncated icosahedron, turned at random and seen from the front."""

from itertools import combinations

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from helpers.data.drawn import light
from helpers.data.drawn.canvas import Canvas
from helpers.data.drawn.chance import between, happens
from helpers.data.drawn.colour import BLACK, WHITE, any_colour, mixed, scaled
from helpers.data.drawn.shapes import ellipse, spread

GOLDEN = (1 + 5**0.5) / 2


def soccer_ball(canvas: Canvas, rng: Generator) -> None:
    """Dark pentagons on a light ball, with seams; sometimes coloured, sometimes dirty."""
    base = WHITE if happens(rng, 0.4) else mixed(WHITE, any_colour(rng), between(rng, 0.1, 0.6))
    patch = BLACK if happens(rng, 0.45) else any_colour(rng, (0.5, 1), (0.15, 0.65))
    rotation = _rotation(rng)
    canvas.polygon(ellipse(0, 0, 1, n=72), base)
    if happens(rng, 0.2):  # some hexagons have a colour of their own
        tint = mixed(base, any_colour(rng), 0.4)
        for face in HEXAGONS[:: 2 if happens(rng, 0.5) else 5]:
            _face(canvas, rotation, face, tint)
    width = between(rng, 0.02, 0.045)
    for seam in SEAMS:
        _seam(canvas, rotation, seam, width, scaled(base, between(rng, 0.4, 0.5)))
    size = between(rng, 0.85, 1.1)
    for centre, pentagon in zip(CORNERS, PENTAGONS, strict=True):
        _face(canvas, rotation, _unit(centre + (pentagon - centre) * size), patch)
    canvas.shading = light.ball
    canvas.roughness = between(rng, 0, 0.2)


def _unit(vectors: ndarray) -> ndarray:
    return vectors / np.sqrt((vectors * vectors).sum(-1))[..., None]


def _corners() -> ndarray:
    """The icosahedron's 12 corners: even permutations of (0, ±1, ±golden)."""
    pairs = [(s, t * GOLDEN) for s in (1, -1) for t in (1, -1)]
    return _unit(np.array([np.roll((0, a, b), k) for k in range(3) for a, b in pairs]))


def _next_to(corner: int) -> list[int]:
    """The corner's five neighbours, each next to the one before."""
    near = [j for j in range(12) if 0.3 < _dot(CORNERS[corner], CORNERS[j]) < 0.9]
    ring = [near.pop(0)]
    while near:
        closest = max(near, key=lambda j: _dot(CORNERS[ring[-1]], CORNERS[j]))
        near.remove(closest)
        ring.append(closest)
    return ring


def _dot(one: ndarray, other: ndarray) -> float:
    return round(float((one * other).sum()), 6)


def _polygon(corners: ndarray) -> ndarray:
    """Corners joined by great circles, 5 points a side."""
    share = (np.arange(5) / 5)[None, :, None]
    following = np.roll(corners, -1, axis=0)[:, None]
    return _unit((corners[:, None] * (1 - share) + following * share).reshape(-1, 3))


def _pentagon(corner: int) -> ndarray:
    return _polygon(np.array([_unit(2 * CORNERS[corner] + CORNERS[j]) for j in RINGS[corner]]))


def _hexagon(a: int, b: int, c: int) -> ndarray:
    ways = ((a, b), (b, a), (b, c), (c, b), (c, a), (a, c))
    return _polygon(np.array([_unit(2 * CORNERS[i] + CORNERS[j]) for i, j in ways]))


def _edge(a: int, b: int) -> ndarray:
    share = spread(1 / 3, 2 / 3, 8)[:, None]
    return _unit(CORNERS[a] * (1 - share) + CORNERS[b] * share)


CORNERS = _corners()
RINGS = [_next_to(corner) for corner in range(12)]
PENTAGONS = [_pentagon(corner) for corner in range(12)]
SEAMS = [_edge(a, b) for a, b in combinations(range(12), 2) if b in RINGS[a]]
HEXAGONS = [
    _hexagon(a, b, c)
    for a, b, c in combinations(range(12), 3)
    if b in RINGS[a] and c in RINGS[a] and c in RINGS[b]
]


def _rotation(rng: Generator) -> ndarray:
    """A rotation matrix (3, 3), from a random quaternion."""
    while True:
        w, x, y, z = (between(rng, -1, 1) for _ in range(4))
        length = w * w + x * x + y * y + z * z
        if 0.01 < length <= 1:  # a draw from the ball makes all rotations alike
            break
    s = 2 / length
    return np.array(
        [
            [1 - s * (y * y + z * z), s * (x * y - z * w), s * (x * z + y * w)],
            [s * (x * y + z * w), 1 - s * (x * x + z * z), s * (y * z - x * w)],
            [s * (x * z - y * w), s * (y * z + x * w), 1 - s * (x * x + y * y)],
        ]
    )


def _turned(rotation: ndarray, vectors: ndarray) -> ndarray:
    """Rotated vectors (n, 3); written out, since a matrix product's last digit may differ."""
    x, y, z = vectors[:, :1], vectors[:, 1:2], vectors[:, 2:]
    return x * rotation[:, 0] + y * rotation[:, 1] + z * rotation[:, 2]


def _face(canvas: Canvas, rotation: ndarray, face: ndarray, colour) -> None:
    """A face, as far as it is on the near side: hidden points move out to the rim."""
    seen = _turned(rotation, face)
    hidden = seen[:, 2] <= 0
    if not hidden.all():
        flat = seen[:, :2].copy()
        flat[hidden] = _unit(flat[hidden])
        canvas.polygon(flat, colour)


def _seam(canvas: Canvas, rotation: ndarray, seam: ndarray, width: float, colour) -> None:
    seen = _turned(rotation, seam)
    near = seen[seen[:, 2] > 0, :2]
    if len(near) > 1:
        canvas.line(near, width, colour)
