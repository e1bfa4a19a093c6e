"""Outlines as points (n, 2): x to the right, y down, in the units of their drawer.

Sines come from a table of rounded numbers: libraries differ in a sine's last digit.
"""

import math

import numpy as np
from numpy import ndarray
from numpy.random import Generator

from helpers.data.drawn.chance import between

STEPS = 1 << 14  # of a full turn
_SINE = np.array([round(math.sin(2 * math.pi * i / STEPS), 12) for i in range(STEPS)])


def sin(turns) -> ndarray:
    """Sine of angles counted in turns (1 is the full circle), to 1/16384 turn."""
    steps = np.floor(np.asarray(turns) * STEPS + 0.5).astype(np.int64)
    return _SINE[steps & (STEPS - 1)]


def cos(turns) -> ndarray:
    """Cosine of angles counted in turns."""
    return sin(np.asarray(turns) + 0.25)


def spread(low: float, high: float, n: int) -> ndarray:
    """`n` evenly spaced numbers from low to high, both included."""
    return low + (high - low) * (np.arange(n) / max(1, n - 1))


def points(xs, ys) -> ndarray:
    """Coordinates side by side: (n,) and (n,) -> (n, 2)."""
    return np.stack(np.broadcast_arrays(xs, ys), axis=1).astype(float)


def turned(outline: ndarray, turns: float) -> ndarray:
    """The outline rotated about the origin, clockwise as seen."""
    x, y, c, s = outline[:, 0], outline[:, 1], cos(turns), sin(turns)
    return points(x * c - y * s, x * s + y * c)


def arc(x, y, rx, ry, start=0.0, end=1.0, n=32) -> ndarray:
    """Part of an ellipse about (x, y); angles in turns, 0 is right, a quarter is down."""
    angles = spread(start, end, n)
    return points(x + rx * cos(angles), y + ry * sin(angles))


def ellipse(x, y, rx, ry=None, n=32) -> ndarray:
    """A closed ellipse; a circle without `ry`."""
    return arc(x, y, rx, rx if ry is None else ry, 0, 1 - 1 / n, n)


def box(x0, y0, x1, y1) -> ndarray:
    """A rectangle's four corners."""
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]], float)


def rounded(x0, y0, x1, y1, r, n=6) -> ndarray:
    """A rectangle with corners of radius `r`."""
    centres = ((x1 - r, y0 + r), (x1 - r, y1 - r), (x0 + r, y1 - r), (x0 + r, y0 + r))
    corners = [arc(x, y, r, r, k / 4 - 0.25, k / 4, n) for k, (x, y) in enumerate(centres)]
    return np.concatenate(corners)


def bezier(a, b, c, n=12) -> ndarray:
    """A quadratic Bézier curve from `a` to `c`, pulled towards `b`."""
    a, b, c = (np.asarray(p, float) for p in (a, b, c))
    t = spread(0, 1, n)[:, None]
    return (1 - t) * (1 - t) * a + 2 * t * (1 - t) * b + t * t * c


def smooth(corners, closed=True, n=6) -> ndarray:
    """A Catmull-Rom curve through the corners, `n` points between two of them."""
    p = np.asarray(corners, float)
    if closed:
        a, b, c, d = (np.roll(p, shift, axis=0) for shift in (1, 0, -1, -2))
    else:
        padded = np.concatenate([p[:1], p, p[-1:]])
        a, b, c, d = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]
    t = (np.arange(n) / n)[None, :, None]
    a, b, c, d = (q[:, None] for q in (a, b, c, d))
    curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t
    curve = (curve + (3 * b - 3 * c + d - a) * t * t * t) / 2
    curve = curve.reshape(-1, 2)
    return curve if closed else np.concatenate([curve, p[-1:]])


def mirrored(right) -> ndarray:
    """A closed outline from its right half, given from top to bottom."""
    right = np.asarray(right, float)
    return np.concatenate([right, right[::-1] * [-1, 1]])


def blob(rng: Generator, corners=9, roughness=0.35) -> ndarray:
    """An irregular round outline of radius about 1."""
    radii = np.array([between(rng, 1 - roughness, 1 + roughness) for _ in range(corners)])
    angles = np.arange(corners) / corners
    return smooth(points(radii * cos(angles), radii * sin(angles)))


def stroke(path: ndarray, width: float) -> ndarray:
    """The outline of a line of `width` along the path, with flat ends."""
    path = np.asarray(path, float)
    steps = np.diff(path, axis=0)
    steps = steps / np.maximum(1e-9, np.sqrt((steps * steps).sum(1)))[:, None]
    ways = np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]])
    # at a corner the two sides lie further out; 0.35 keeps sharp corners from shooting away
    lengths = np.sqrt((ways * ways).sum(1))
    lengths[1:-1] = np.maximum(0.35, lengths[1:-1] * lengths[1:-1] / 2)
    normals = points(-ways[:, 1], ways[:, 0]) / np.maximum(1e-9, lengths)[:, None]
    side = normals * (width / 2)
    return np.concatenate([path + side, (path - side)[::-1]])
