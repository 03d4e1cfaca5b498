"""Small pictures of pages, by which the pixels of two programs are compared."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image, ImageChops, ImageCms, ImageFilter, ImageStat

# The longer side in pixels. Differences of one edge's sharpness vanish; colours and turns stay.
SIDE = 96
# The mean difference, of 255, above which pixels count as wrong. Programs that scale, draw text or
# unpack colours of JPEG differently stay below 5.
WRONG_PIXELS = 9.0
_MIN_SIDE = 16
# Sides that differ more than this are another shape: turned, cut or stretched.
_WRONG_SHAPE = 0.06


def keep_small(image: Image.Image, path: Path, profile: bytes | None = None) -> None:
    """Store the picture on white paper, small, in sRGB."""
    image = _on_paper(image)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    if profile and image.mode in {"RGB", "L"}:
        image = _in_srgb(image, profile)
    image.convert("RGB").save(path, "PNG")


def _on_paper(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        # Pillow's own conversion cuts values above 255 off.
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    return image.convert("L" if image.mode in {"L", "1"} else "RGB")


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        made = ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image
    return image if made is None else made


def difference(one: Path, other: Path) -> float:
    """Return the mean difference of two small pictures, of 255; 255 for another shape.

    It is 0 for pictures of a few pixels, of which rounding leaves nothing to compare.
    """
    with Image.open(one) as first, Image.open(other) as second:
        if min(*first.size, *second.size) < _MIN_SIDE:
            return 0.0
        across = first.width / first.height / (second.width / second.height)
        thin = min(*first.size, *second.size) < SIDE // 4
        if not thin and abs(across - 1) > _WRONG_SHAPE:
            return 255.0
        blurred = [
            picture.convert("RGB").resize(first.size).filter(ImageFilter.BoxBlur(2))
            for picture in (first, second)
        ]
        return max(ImageStat.Stat(ImageChops.difference(*blurred)).mean)
