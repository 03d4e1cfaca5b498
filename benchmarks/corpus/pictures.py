"""Small pictures of pages, by which the pixels of two programs are compared."""

from __future__ import annotations

import io
from pathlib import Path
from typing import cast

from PIL import Image, ImageChops, ImageCms, ImageFilter, ImageMath, ImageOps, ImageStat

# The longer side in pixels. Differences of one edge's sharpness vanish; colours and turns stay.
SIDE = 96
# The mean difference, of 255, above which pixels count as wrong. Programs that scale, draw text or
# unpack colours of JPEG differently stay below 5.
WRONG_PIXELS = 9.0
# Without a colour profile, every program mixes inks in its own way: rich black is black or dark
# blue. An inverted picture still differs by more than 100.
WRONG_INKS = 45.0
# Each pixel of a small picture is drawn as a square before it is shrunk. Shrunk by less than half,
# lines one pixel wide would otherwise come out dark or light by their place.
_DRAWN_SIDE = 8 * SIDE
# Sides that differ more than this are another shape: turned, cut or stretched.
_WRONG_SHAPE = 0.06


def keep_small(image: Image.Image, path: Path, profile: bytes | None = None) -> None:
    """Store the picture on white paper, small, in sRGB."""
    image = _on_paper(image)
    times = _DRAWN_SIDE // max(image.size)
    if times > 1:
        large = image.width * times, image.height * times
        image = image.resize(large, Image.Resampling.NEAREST)
    image.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    if profile and image.mode in {"RGB", "L"}:
        image = _in_srgb(image, profile)
    image.convert("RGB").save(path, "PNG")


def upright(image: Image.Image) -> Image.Image:
    """Turn the picture by its EXIF data; unlike Pillow, viewers take no orientation from XMP."""
    for key in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(key, None)
    return ImageOps.exif_transpose(image)


def _on_paper(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return _deep_on_paper(image)
    if image.mode in {"LA", "PA", "RGBA"} or "transparency" in image.info:
        rgba = image.convert("RGBA")
        paper = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(paper, rgba).convert("RGB")
    return image.convert("L" if image.mode in {"L", "1"} else "RGB")


def _deep_on_paper(image: Image.Image) -> Image.Image:
    """Return gray of 16 bits as 8. Pillow's own conversion cuts values above 255 off."""
    values = image.convert("I")
    gray = values.point(lambda value: value * (1 / 257)).convert("L")
    clear = image.info.get("transparency")
    if isinstance(clear, int):
        hidden = ImageMath.lambda_eval(lambda args: (args["gray"] == clear) * 255, gray=values)
        gray.paste(255, mask=cast(Image.Image, hidden).convert("L"))
    return gray


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
    """Return the mean difference of two small pictures, of 255; 255 for another shape."""
    with Image.open(one) as first, Image.open(other) as second:
        across = first.width / first.height / (second.width / second.height)
        thin = min(*first.size, *second.size) < SIDE // 4
        if not thin and abs(across - 1) > _WRONG_SHAPE:
            return 255.0
        blurred = [
            picture.convert("RGB").resize(first.size).filter(ImageFilter.BoxBlur(2))
            for picture in (first, second)
        ]
        return max(ImageStat.Stat(ImageChops.difference(*blurred)).mean)
