"""Comics for the browser to pick from."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

from PIL import Image

SHORT_PAGES = 4
LONG_PAGES = 160
TORN_PAGES = 3
TORN_PAGE = 2  # counted from 1


def fill_library(folder: Path) -> None:
    """Write a short comic, one that converts for seconds and one with a damaged page."""
    short = [_page(number, (400, 600)) for number in range(SHORT_PAGES)]
    _write(
        folder / "Harbour" / "Harbour #001 (1994).cbz",
        short,
        b"<ComicInfo><Tags>sea</Tags></ComicInfo>",
    )
    _write(
        folder / "Harbour" / "Harbour #002 (1995).cbz",
        [_page(50 + number, (1400, 2100)) for number in range(LONG_PAGES)],
    )
    torn = [_page(90 + number, (400, 600)) for number in range(TORN_PAGES)]
    torn[TORN_PAGE - 1] = torn[TORN_PAGE - 1][:2000]
    _write(folder / "Torn.cbz", torn)


def _page(seed: int, size: tuple[int, int]) -> bytes:
    """Return a unique JPEG of coarse noise, which is fast to draw and not too small."""
    noise = random.Random(seed).randbytes(60 * 90 * 3)
    image = Image.frombytes("RGB", (60, 90), noise).resize(size, Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88)
    return buffer.getvalue()


def _write(path: Path, pages: list[bytes], comic_info: bytes | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for number, page in enumerate(pages, 1):
            archive.writestr(f"page{number}.jpg", page)
        if comic_info is not None:
            archive.writestr("ComicInfo.xml", comic_info)
