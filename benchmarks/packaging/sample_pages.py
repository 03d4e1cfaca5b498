"""Pages to measure with: drawn panels with film grain, as large and detailed as scanned comics."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

MEGABYTE = 1_000_000
WIDTH, HEIGHT = 1988, 3056
# The number of pages that are drawn. The others are copies of their files.
DISTINCT = 12
GRAIN = 16


def draw_page(seed: int) -> Image.Image:
    """Draw six panels of coloured shapes with black outlines."""
    chance = random.Random(seed)
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    width, height = WIDTH // 2 - 60, HEIGHT // 3 - 60
    for panel in range(6):
        left, top = WIDTH * (panel % 2) // 2 + 30, HEIGHT * (panel // 2) // 3 + 30
        paper = tuple(chance.randrange(80, 250) for _ in range(3))
        draw.rectangle(
            (left, top, left + width, top + height), fill=paper, outline="black", width=8
        )
        for _ in range(40):
            x, y = left + chance.randrange(width), top + chance.randrange(height)
            radius = chance.randrange(10, 150)
            colour = tuple(chance.randrange(256) for _ in range(3))
            draw.ellipse(
                (x - radius, y - radius, x + radius, y + radius),
                fill=colour,
                outline="black",
                width=4,
            )
    return image


def _with_grain(image: Image.Image) -> Image.Image:
    grain = Image.effect_noise(image.size, GRAIN)
    return ImageChops.add(image, Image.merge("RGB", (grain, grain, grain)), 1, -128)


def make_pages(folder: Path, kind: str, total_bytes: int) -> int:
    """Fill a new folder with pages of about that size together, and return their number."""
    folder.mkdir(parents=True)
    count = written = 0
    originals: list[Path] = []
    while written < total_bytes:
        path = folder / f"page {count:05}.{'jpg' if kind == 'jpeg' else 'png'}"
        if len(originals) < DISTINCT:
            image = draw_page(len(originals))
            if kind == "jpeg":
                _with_grain(image).save(path, quality=82)
            else:
                # Half are grainy scans and half flat line art, because PNGs vary that much.
                (image if len(originals) % 2 else _with_grain(image)).save(path)
            originals.append(path)
        else:
            shutil.copyfile(originals[count % DISTINCT], path)
        written += path.stat().st_size
        count += 1
    return count
