"""One picture: background, clutter, one or two objects of a class, occluders, camera."""

from dataclasses import dataclass

import numpy as np
from numpy import ndarray
from numpy.random import Generator
from PIL import Image, ImageFilter

from helpers.data.drawn import background, decoys
from helpers.data.drawn.camera import photograph
from helpers.data.drawn.canvas import Tile, bounds, paint
from helpers.data.drawn.chance import between, happens, whole
from helpers.data.drawn.kinds import Kind
from helpers.data.drawn.light import Light
from helpers.data.drawn.placement import Placement
from helpers.data.drawn.shapes import cos, sin

TWO = 0.22  # share of pictures with two objects; a few have no room for the second
OCCLUDED = 0.25  # share of pictures with something before the object
LEAST_SEEN = 0.9  # of an object behind occluders
LEAST_SEEN_OF_TWO = 0.75  # of an object behind its twin
SIZES = (0.55, 0.8)  # square root of an object's extent, as a share of the shorter side

CONTRAST = 80  # least difference in mean level, of 255, between object and background


@dataclass(frozen=True)
class Picture:
    """A drawn picture and where its objects are.

    Attributes:
        image: uint8 (H, W, 3).
        mask: uint8 (H, W), 0 is background and k the visible part of the k-th object.
        boxes: int64 (k, 4), x0 y0 x1 y1 in pixels, end exclusive, of the visible parts.
    """

    image: ndarray
    mask: ndarray
    boxes: ndarray


def draw(kind: Kind, rng: Generator) -> Picture:
    """A picture of one or two objects, all within the central square."""
    width, height = _size(rng)
    side, light = min(width, height), Light.drawn(rng)
    tiles = _objects(kind, rng, light, side)
    scene = _set_off(background.draw(rng, width, height), tiles[0])
    for _ in range(whole(rng, 0, 3)):
        decoy = _decoy(rng, light, side * between(rng, 0.05, 0.14))
        x, y = whole(rng, 0, width), whole(rng, 0, height)
        _put(scene, decoy, (x + decoy.x, y + decoy.y), light)
    corners = _corners(tiles, (width, height), rng)
    mask = np.zeros((height, width), np.uint8)
    for number, (tile, corner) in enumerate(zip(tiles, corners, strict=False), start=1):
        _put(scene, tile, corner, light)
        _mark(mask, tile, corner, number)
    if happens(rng, OCCLUDED):
        _occlude(scene, mask, light, rng)
    return Picture(photograph(scene, rng), mask, boxes(mask))


def boxes(mask: ndarray) -> ndarray:
    """int64 (k, 4): the bounds of the pixels of each number from 1 to k that is seen."""
    seen = [mask == number for number in range(1, int(mask.max()) + 1)]
    found = [bounds(pixels) for pixels in seen if pixels.any()]
    return np.array(found, np.int64).reshape(-1, 4)


def _size(rng: Generator) -> tuple[int, int]:
    short = whole(rng, 192, 272)
    long = int(short * between(rng, 1, 1.4))
    return (short, long) if happens(rng, 0.5) else (long, short)


def _objects(kind: Kind, rng: Generator, light: Light, side: int) -> list[Tile]:
    count = 2 if happens(rng, TWO) else 1
    return [_object(kind, rng, light, side * (0.8 if count == 2 else 1)) for _ in range(count)]


def _object(kind: Kind, rng: Generator, light: Light, side: float) -> Tile:
    """One object, not larger than the square of `side` pixels."""
    shape = {
        "turns": between(rng, -kind.turn, kind.turn),
        "stretch": between(rng, 0.88, 1.14),
        "shear": between(rng, -0.14, 0.14),
        "flip": happens(rng, 0.5),
    }
    wide, high = kind.extent
    wanted = side * kind.size * between(rng, *SIZES) / (4 * wide * high) ** 0.5
    largest = 0.49 * side / max(Placement.of(1.0, **shape).reach(kind.extent))
    placement = Placement.of(min(wanted, largest), **shape)
    return paint(kind.drawer, kind.extent, placement, light, rng)


def _set_off(scene: ndarray, tile: Tile) -> ndarray:
    """The background, made lighter or darker where the object would hardly stand out."""
    wanted, found = _grey(tile.paint[tile.covers]), _grey(scene)
    if abs(found - wanted) >= CONTRAST:
        return scene
    aim = wanted + CONTRAST if wanted < 128 else wanted - CONTRAST
    return scene + np.float32(aim - found)


def _grey(colours: ndarray) -> int:
    """The mean level; of whole numbers, since a sum of fractions depends on its order."""
    levels = np.clip(colours, 0, 255).astype(np.int64)
    return int(levels.sum()) // max(1, levels.size)


def _corners(tiles: list[Tile], size: tuple[int, int], rng: Generator) -> list[tuple[int, int]]:
    """The top left corner of each tile; a second that finds no place has none."""
    first = tuple(_offset(_outwards(rng), *pair) for pair in _room(tiles[0], size))
    for _ in range(12 if len(tiles) == 2 else 0):
        second = _beside(first, tiles, size, rng)
        hidden = _hidden(tiles[0], first, tiles[1], second)
        if 0 < hidden <= 1 - LEAST_SEEN_OF_TWO:
            return [first, second]
    return [first]


def _room(tile: Tile, size: tuple[int, int]) -> list[tuple[int, int]]:
    """First and last corner, in x and in y, that keep the tile in the central square."""
    side = min(size)
    return [
        ((whole_side - side) // 2, (whole_side - side) // 2 + max(0, side - length))
        for whole_side, length in zip(size, tile.opacity.shape[::-1], strict=True)
    ]


def _outwards(rng: Generator) -> float:
    """A number in [0, 1], more often near the ends: objects seldom stand in the middle."""
    inner = between(rng, 0, 1)
    return (1 + (1 if happens(rng, 0.5) else -1) * (1 - inner * inner)) / 2


def _offset(share: float, low: int, high: int) -> int:
    return low + int(share * (high - low))


def _beside(first, tiles: list[Tile], size, rng: Generator) -> tuple[int, int]:
    """A corner for the second tile, about one object's size away from the first."""
    turns, far = between(rng, 0, 1), between(rng, 0.4, 1.0)
    ways = (float(cos(turns)) * far, float(sin(turns)) * far)
    lengths = tiles[0].opacity.shape[::-1]
    rooms = _room(tiles[1], size)
    x, y = (
        min(high, max(low, at + int(way * length)))
        for at, way, length, (low, high) in zip(first, ways, lengths, rooms, strict=True)
    )
    return x, y


def _hidden(tile: Tile, at, other: Tile, before) -> float:
    """The share of the tile's object that the other tile covers."""
    (high, wide), (other_high, other_wide) = tile.opacity.shape, other.opacity.shape
    frame = np.zeros((high + 2 * other_high, wide + 2 * other_wide), bool)
    y, x = before[1] - at[1] + other_high, before[0] - at[0] + other_wide
    if 0 <= y <= high + other_high and 0 <= x <= wide + other_wide:
        frame[y : y + other_high, x : x + other_wide] = other.covers
    inside = frame[other_high : other_high + high, other_wide : other_wide + wide]
    return int((inside & tile.covers).sum()) / max(1, int(tile.covers.sum()))


def _decoy(rng: Generator, light: Light, scale: float) -> Tile:
    placement = Placement.of(scale, between(rng, 0, 1), between(rng, 0.7, 1.3))
    return paint(decoys.draw, decoys.EXTENT, placement, light, rng)


def _occlude(scene: ndarray, mask: ndarray, light: Light, rng: Generator) -> None:
    """Up to three decoys over the objects' edges, as long as enough is seen of each."""
    full = np.bincount(mask.ravel(), minlength=3)
    for _ in range(whole(rng, 1, 3)):
        x0, y0, x1, y1 = boxes(mask)[whole(rng, 0, int(mask.max()) - 1)]
        turns, far = between(rng, 0, 1), between(rng, 0.25, 0.55)
        x = int((x0 + x1) / 2 + (x1 - x0) * far * float(cos(turns)))
        y = int((y0 + y1) / 2 + (y1 - y0) * far * float(sin(turns)))
        reach = ((x1 - x0) * (y1 - y0)) ** 0.5
        decoy = _decoy(rng, light, float(reach) * between(rng, 0.12, 0.26))
        corner, left = (x + decoy.x, y + decoy.y), mask.copy()
        _mark(left, decoy, corner, 0)
        seen = np.bincount(left.ravel(), minlength=3)
        if (seen[1:] >= LEAST_SEEN * full[1:]).all():
            _put(scene, decoy, corner, light)
            mask[:] = left


def _cut(shape: tuple[int, ...], tile: ndarray, corner: tuple[int, int]):
    """Where a tile lies in the picture, and the part of the tile that does."""
    (height, width), (high, wide), (x, y) = shape[:2], tile.shape[:2], corner
    x0, y0, x1, y1 = max(0, x), max(0, y), min(width, x + wide), min(height, y + high)
    x1, y1 = max(x0, x1), max(y0, y1)
    return np.s_[y0:y1, x0:x1], tile[y0 - y : y1 - y, x0 - x : x1 - x]


def _mark(mask: ndarray, tile: Tile, corner: tuple[int, int], number: int) -> None:
    where, covers = _cut(mask.shape, tile.covers, corner)
    mask[where][covers] = number


def _put(scene: ndarray, tile: Tile, corner: tuple[int, int], light: Light) -> None:
    """Paint the tile, and its shadow away from the lamp."""
    shadow, margin = _shadow(tile)
    far = tile.scale * 0.12
    x, y = corner[0] - margin - int(light.x * far), corner[1] - margin - int(light.y * far)
    where, dark = _cut(scene.shape, shadow, (x, y))
    scene[where] *= (1 - dark * np.float32(0.45))[..., None]
    where, opacity = _cut(scene.shape, tile.opacity, corner)
    scene[where] *= (1 - opacity)[..., None]
    scene[where] += _cut(scene.shape, tile.paint, corner)[1]


def _shadow(tile: Tile) -> tuple[ndarray, int]:
    """The tile's blurred opacity, and the margin by which the blur makes it larger."""
    radius = max(1, int(tile.scale * 0.06))
    padded = np.pad((tile.opacity * 255).astype(np.uint8), 2 * radius)
    soft = Image.fromarray(padded).filter(ImageFilter.BoxBlur(radius))
    soft = soft.filter(ImageFilter.BoxBlur(radius))
    return np.asarray(soft, np.float32) / np.float32(255), 2 * radius
