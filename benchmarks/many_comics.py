"""Make a library of many small comics, for measuring pages."""

from __future__ import annotations

import io
import zipfile
from itertools import count
from pathlib import Path

from PIL import Image

from benchmarks.packaging.sample_pages import draw_page

PAGES, PAGE_WIDTH = 4, 900


def make_comics(folder: Path, comics: int, series: int) -> None:
    """Write comics whose pages all differ, as stored CBZ files, in a number of series."""
    folder.mkdir()
    pages = [_page_bytes(seed) for seed in range(PAGES)]
    numbers = count()
    for number in range(comics):
        name = f"Series {number % series} #{number // series + 1}.cbz"
        with zipfile.ZipFile(folder / name, "w") as file:
            for index, page in enumerate(pages):
                # Readers ignore bytes after the end of the image.
                file.writestr(f"{index}.jpg", page + str(next(numbers)).encode())


def _page_bytes(seed: int) -> bytes:
    page = draw_page(seed)
    size = (PAGE_WIDTH, page.height * PAGE_WIDTH // page.width)
    file = io.BytesIO()
    page.resize(size, Image.Resampling.BILINEAR).save(file, "JPEG")
    return file.getvalue()
