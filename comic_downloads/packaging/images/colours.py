"""Colours: turn whatever Pillow decodes into 8-bit gray or RGB, with or without alpha."""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageCms

from .right_pixels import deep_alpha

# A larger profile, as for printing, would make every page larger by more than it is worth.
_MAX_PROFILE_BYTES = 64 * 1024
# The keys are the colour space signatures of ICC.1, section 7.2.6.
_PROFILE_MODES = {b"GRAY": {"L", "LA"}, b"RGB ": {"RGB", "RGBA"}}


def plain(image: Image.Image) -> Image.Image:
    """Return the picture in one of the modes L, LA, RGB and RGBA."""
    if image.mode.startswith("I;16"):
        gray = image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
        alpha = deep_alpha(image)
        return gray if alpha is None else Image.merge("LA", (gray, alpha))
    if "transparency" in image.info and image.mode in {"1", "L", "P", "RGB"}:
        return image.convert("RGBA")
    if image.mode in {"L", "LA", "RGB", "RGBA"}:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "P":
        return image.convert("L" if _has_gray_palette(image) else "RGB")
    if image.mode in {"I", "F"}:
        return _stretched(image)
    if image.mode == "CMYK":
        return _from_cmyk(image)
    return image.convert("RGBA" if image.mode in {"PA", "La", "RGBa"} else "RGB")


def _has_gray_palette(image: Image.Image) -> bool:
    palette = bytes(image.getpalette("RGB") or b"")
    return palette[0::3] == palette[1::3] == palette[2::3]


def _stretched(image: Image.Image) -> Image.Image:
    """Map numbers without a fixed range, as in some TIFFs: darkest to black, brightest to white."""
    numbers = image.convert("F")
    low, high = numbers.getextrema()
    assert isinstance(low, int | float) and isinstance(high, int | float)
    scale = 255 / max(high - low, 1e-9)
    return numbers.point(lambda value: value * scale - low * scale).convert("L")


def _from_cmyk(image: Image.Image) -> Image.Image:
    """Convert through the embedded profile if it works: the plain formula makes ink too bright."""
    return _through(image, image.info.get("icc_profile")) or image.convert("RGB")


def _through(image: Image.Image, profile: bytes | None) -> Image.Image | None:
    """Return the picture in sRGB, or None if the profile does not work for it."""
    if not profile:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(
            image, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return None


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture of the modes L, LA, RGB and RGBA as it looks without its profile."""
    if fitting_profile(profile, image) is None:
        return image
    if image.mode in {"L", "RGB"}:
        return _through(image, profile) or image
    converted = in_srgb(image.convert(image.mode.removesuffix("A")), profile).convert("RGB")
    converted.putalpha(image.getchannel("A"))
    return converted


def without_large_profile(
    image: Image.Image, profile: bytes | None
) -> tuple[Image.Image, bytes | None]:
    """Return the picture and its profile; in sRGB and without one if the profile is large."""
    if profile is None or len(profile) <= _MAX_PROFILE_BYTES:
        return image, profile
    return in_srgb(image, profile), None


def gray(image: Image.Image) -> Image.Image:
    """Return the picture without colour; alpha stays."""
    return (
        image if image.mode in {"L", "LA"} else image.convert("LA" if image.mode == "RGBA" else "L")
    )


def flat(image: Image.Image) -> Image.Image:
    """Return the picture with its transparent parts on white paper, for kinds without alpha."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    opaque = image.mode.removesuffix("A")
    paper = Image.new(opaque, image.size, "white")
    paper.paste(image.convert(opaque), mask=image.getchannel("A"))
    return paper


def without_idle_channels(image: Image.Image) -> Image.Image:
    """Drop an alpha channel that hides nothing, and colour channels that are all equal.

    Gray in place of RGB takes a third of the bytes.
    """
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert(image.mode.removesuffix("A"))
    if image.mode == "RGB":
        red, green, blue = image.split()
        if (
            ImageChops.difference(red, green).getbbox() is None
            and ImageChops.difference(red, blue).getbbox() is None
        ):
            return red
    return image


def fitting_profile(profile: bytes | None, image: Image.Image) -> bytes | None:
    """Return the ICC profile if it describes the picture's present colours, else None."""
    return profile if profile and image.mode in _PROFILE_MODES.get(profile[16:20], set()) else None
