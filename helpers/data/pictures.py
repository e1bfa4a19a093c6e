"""One picture file to one square RGB picture, whatever the file's mode and shape."""

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

SUFFIXES = frozenset({".jpeg", ".jpg", ".png", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm"})


class PictureError(ValueError):
    """A picture that cannot be read; the message names the file and the reason."""


def open_picture(path: str | Path, size: int | None = None) -> Image.Image:
    """The file as an upright 8-bit RGB picture.

    Greyscale, palette, CMYK, 16-bit and transparent pictures are converted (transparent parts
    become white), and the camera's rotation (EXIF) is applied.

    Args:
        size: when given, JPEG files may be decoded at a smaller scale that still covers
            `size` pixels on the shorter side, which is several times faster.

    Raises:
        PictureError: the file is not a picture, is cut short, is too large, or may not be read.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                if size is not None:
                    image.draft("RGB", (size, size))
                image.load()
                return _rgb(ImageOps.exif_transpose(image))
    except PermissionError:
        raise PictureError(f"{path}: no permission to read it; chmod u+r gives it") from None
    except UnidentifiedImageError:
        raise PictureError(f"{path}: not a picture that Pillow knows") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureError(f"{path}: more than {Image.MAX_IMAGE_PIXELS:,} pixels") from None
    except (OSError, SyntaxError, ValueError) as error:
        raise PictureError(f"{path}: damaged ({error}); delete it or fetch it again") from None


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16") or image.mode == "I":
        values = np.asarray(image, dtype=np.int64).clip(0, 65535)  # Pillow would clip at 255
        return Image.fromarray((values >> 8).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(white, image).convert("RGB")
    return image.convert("RGB")


def fit(image: Image.Image, size: int, resample=Image.Resampling.BILINEAR) -> Image.Image:
    """The (size, size) centre of the picture once its shorter side is `size` pixels long."""
    width, height = image.size
    scale = size / min(width, height)
    wide, high = max(size, round(width * scale)), max(size, round(height * scale))
    left, top = (wide - size) // 2, (high - size) // 2
    if (wide, high) != image.size:
        image = image.resize((wide, high), resample)
    return image.crop((left, top, left + size, top + size))
