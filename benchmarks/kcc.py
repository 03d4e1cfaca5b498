"""Make the same comic with Kindle Comic Converter, and tell how sharp its pages and ours are."""

from __future__ import annotations

import io
import shlex
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageMath

from comic_downloads.domain.devices import Device

# The constants of SSIM for values up to 255 (Wang and others, 2004), and the side of a window.
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_WINDOW = 8
# Without these, KCC crops pages and stretches their contrast, so that they differ from the source.
PLAIN = ("-c", "0", "--noautocontrast", "-g", "1")


@dataclass(frozen=True)
class Made:
    """A file: how long it took, and its bytes."""

    seconds: float
    data: bytes


def run_kcc(
    command: str, folder: Path, device: Device, format: str, further: Sequence[str] = ()
) -> Made:
    """Make the file of a folder for a screen; ``command`` starts ``kcc-c2e``."""
    height = device.height or 2 * device.width
    options = ["-p", "OTHER", "--customwidth", str(device.width), "--customheight", str(height)]
    options += ["--forcecolor"] if device.is_colour else []
    options += [*further, "-f", format.upper()]
    with tempfile.TemporaryDirectory() as target:
        command_line = [*shlex.split(command), *options, "-o", target, str(folder)]
        began_at = time.monotonic()
        subprocess.run(command_line, check=True, capture_output=True)
        seconds = time.monotonic() - began_at
        [made] = [path for path in Path(target).rglob("*") if path.is_file()]
        return Made(seconds, made.read_bytes())


def images_of(data: bytes) -> list[Image.Image]:
    """Return the pages of a CBZ in order."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(
            name for name in archive.namelist() if name.endswith((".jpg", ".jpeg", ".png"))
        )
        return [Image.open(io.BytesIO(archive.read(name))) for name in names]


def sharpness(pages: Sequence[Image.Image], sources: Sequence[Image.Image]) -> float:
    """Return the mean SSIM of gray pages with their sources, which are shrunk to their size.

    A page that is centred on a screen with bars beside it is compared without these.
    """
    found = [
        _ssim_with(page.convert("L"), source.convert("L"))
        for page, source in zip(pages, sources, strict=True)
    ]
    return sum(found) / len(found)


def _ssim_with(page: Image.Image, source: Image.Image) -> float:
    scale = min(page.width / source.width, page.height / source.height)
    width, height = round(source.width * scale), round(source.height * scale)
    left, top = (page.width - width) // 2, (page.height - height) // 2
    shown = page.crop((left, top, left + width, top + height))
    return ssim(shown, source.resize((width, height), Image.Resampling.LANCZOS))


def ssim(one: Image.Image, other: Image.Image) -> float:
    """Return the mean structural similarity of two gray pictures, over windows of 8 x 8 pixels."""
    x, y = one.convert("F"), other.convert("F")
    values = {"x": x, "y": y, "xx": _product(x, x), "yy": _product(y, y), "xy": _product(x, y)}
    means = {name: image.reduce(_WINDOW) for name, image in values.items()}
    found = ImageMath.lambda_eval(
        lambda of: (
            (2 * of["x"] * of["y"] + _C1)
            * (2 * (of["xy"] - of["x"] * of["y"]) + _C2)
            / (of["x"] * of["x"] + of["y"] * of["y"] + _C1)
            / (of["xx"] - of["x"] * of["x"] + of["yy"] - of["y"] * of["y"] + _C2)
        ),
        **means,
    )
    numbers = found.get_flattened_data()
    return sum(numbers) / len(numbers)


def _product(one: Image.Image, other: Image.Image) -> Image.Image:
    return ImageMath.lambda_eval(lambda of: of["a"] * of["b"], a=one, b=other)
