"""Where an object stands in the picture: from its drawer's units to pixels."""

from dataclasses import dataclass, replace

import numpy as np
from numpy import ndarray

from helpers.data.drawn.shapes import cos, sin

SNAP = 256  # a corner lies on 1/256 pixel, so that a last digit cannot change a pixel


@dataclass(frozen=True)
class Placement:
    """The map (u, v) -> (xx·u + xy·v + x, yx·u + yy·v + y), in pixels."""

    xx: float
    xy: float
    yx: float
    yy: float
    x: float = 0.0
    y: float = 0.0

    @classmethod
    def of(cls, scale, turns=0.0, stretch=1.0, shear=0.0, flip=False) -> "Placement":
        """About the origin; `stretch` widens and flattens, `scale` is in pixels a unit."""
        c, s = float(cos(turns)) * scale, float(sin(turns)) * scale
        wide, high = (-stretch if flip else stretch), 1 / stretch
        return cls(c * wide, c * shear - s * high, s * wide, s * shear + c * high)

    def at(self, x: float, y: float) -> "Placement":
        """The same, with its origin at (x, y)."""
        return replace(self, x=x, y=y)

    @property
    def scale(self) -> float:
        """Pixels a unit, the mean over directions."""
        return abs(self.xx * self.yy - self.xy * self.yx) ** 0.5

    def pixels(self, outline: ndarray) -> ndarray:
        """Points (n, 2) in the picture, snapped."""
        u, v = outline[:, 0], outline[:, 1]
        x, y = self.xx * u + self.xy * v + self.x, self.yx * u + self.yy * v + self.y
        return np.floor(np.stack([x, y], 1) * SNAP + 0.5) / SNAP

    def reach(self, extent: tuple[float, float]) -> tuple[float, float]:
        """Half width and height in pixels of a (±u, ±v) rectangle's bounds."""
        u, v = extent
        wide = abs(self.xx) * u + abs(self.xy) * v
        return wide, abs(self.yx) * u + abs(self.yy) * v

    def units(self, width: int, height: int) -> tuple[ndarray, ndarray]:
        """u and v (H, W) at the centres of a tile's pixels."""
        x = np.arange(width, dtype=np.float32)[None] + np.float32(0.5 - self.x)
        y = np.arange(height, dtype=np.float32)[:, None] + np.float32(0.5 - self.y)
        area = self.xx * self.yy - self.xy * self.yx
        a, b, c, d = (np.float32(k / area) for k in (self.yy, -self.xy, -self.yx, self.xx))
        return a * x + b * y, c * x + d * y

    def direction(self, x: float, y: float) -> tuple[float, float]:
        """A direction in the picture as the object sees it, of the same length."""
        u, v = self.yy * x - self.xy * y, self.xx * y - self.yx * x
        factor = ((x * x + y * y) / max(1e-12, u * u + v * v)) ** 0.5
        sign = 1 if self.xx * self.yy - self.xy * self.yx > 0 else -1
        return u * factor * sign, v * factor * sign
