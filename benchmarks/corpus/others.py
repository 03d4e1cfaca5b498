"""The child that asks other programs what they make of a sample.

Each opens it as strictly as it can, so that a cut picture counts as not opened. Chromium shows what
there is: its picture counts unless the row that is decoded last is clear.
"""

from __future__ import annotations

import base64
import hashlib
import importlib
import io
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from benchmarks.corpus.limited import answer
from benchmarks.corpus.misread import misread_by
from benchmarks.corpus.pictures import SIDE, keep_small, upright
from benchmarks.corpus.product import MAX_COMPARED, keep_rendered
from benchmarks.corpus.samples import Kind, is_image_name
from tests.browser.browsers import launch_chromium

_MAX_CHROMIUM_BYTES = 30_000_000
_SECONDS = 120
# libvips' kinds of numbers without a fixed range.
_NUMBERS = frozenset({"int", "uint", "float", "double", "complex", "dpcomplex"})
# Draws a picture as an <img> shows it, and returns a small one. What was not decoded is clear.
_DRAW = """async ([data, side]) => {
  const image = new Image();
  image.src = "data:application/octet-stream;base64," + data;
  try { await image.decode(); } catch { return null; }
  const scale = Math.min(1, 4 * side / Math.max(image.naturalWidth, image.naturalHeight));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.naturalWidth * scale));
  canvas.height = Math.max(1, Math.round(image.naturalHeight * scale));
  const paper = canvas.getContext("2d");
  paper.imageSmoothingQuality = "high";
  paper.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}"""


class Others:
    """The programs, and where their small pictures go."""

    def __init__(self, pictures: Path, chromium: Page) -> None:
        self.pictures = pictures
        self.chromium = chromium

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return who opens the sample: names of programs and, for archives, digests of files."""
        path = Path(question["path"])
        prefix = str(self.pictures / question["number"])
        kind = Kind(question["kind"])
        if kind is Kind.ARCHIVE:
            found = _unpacked(path)
            return {"opened": list(found), "files": found}
        programs = self._of_images() if kind is Kind.IMAGE else _OF_BOOKS
        opened = []
        for name, open_with in programs.items():
            try:
                if open_with(path, f"{prefix}-{name}"):
                    opened.append(name)
            except Exception as error:  # noqa: BLE001 - any error means that it does not open it
                print(f"{name}: {error}", file=sys.stderr)
        if kind is not Kind.IMAGE:
            return {"opened": opened, "files": {}}
        return {
            "opened": opened,
            "files": {},
            "has_inks": _has_inks(path),
            "misread_by": misread_by(path.read_bytes()),
        }

    def _of_images(self) -> dict[str, Callable[[Path, str], bool]]:
        return {
            "Pillow": _by_pillow,
            "libvips": _by_libvips,
            "mupdf": _image_by_mupdf,
            "Chromium": self._by_chromium,
        }

    def _by_chromium(self, path: Path, prefix: str) -> bool:
        data = path.read_bytes()
        if len(data) > _MAX_CHROMIUM_BYTES:
            return False
        drawn = self.chromium.evaluate(_DRAW, [base64.b64encode(data).decode(), SIDE])
        if drawn is None:
            return False
        with Image.open(io.BytesIO(base64.b64decode(drawn.partition(",")[2]))) as image:
            keep_small(image, Path(f"{prefix}-0.png"))
            # Bitmaps are stored from the lowest row up.
            last = 0 if data.startswith(b"BM") else image.height - 1
            row = image.crop((0, last, image.width, last + 1))
            return row.convert("RGBA").getchannel("A").getextrema() != (0, 0)


def _has_inks(path: Path) -> bool:
    """Return whether the picture is in inks, and no profile says how they look."""
    try:
        with Image.open(path) as image:
            return image.mode == "CMYK" and not image.info.get("icc_profile")
    except (OSError, SyntaxError, ValueError):
        return False


def _by_pillow(path: Path, prefix: str) -> bool:
    with Image.open(path) as image:
        image.load()
        if image.mode in {"I", "F"}:
            # Numbers without a fixed range: every program shows them in its own way.
            return True
        keep_small(upright(image), Path(f"{prefix}-0.png"), image.info.get("icc_profile"))
    return True


def _by_libvips(path: Path, prefix: str) -> bool:
    pyvips = importlib.import_module("pyvips")
    image = pyvips.Image.new_from_file(str(path), fail_on="warning", access="random").autorot()
    if image.format in _NUMBERS:
        # Every program shows them in its own way, so they are only decoded.
        image.avg()
        return True
    if image.get_typeof("icc-profile-data") and image.bands in {1, 2, 3, 4}:
        image = image.icc_transform("srgb", depth=8)
    elif image.interpretation != "srgb":
        image = image.colourspace("srgb")
    if image.hasalpha():
        image = image.flatten(background=[255, 255, 255])
    image = image.cast("uchar")
    with Image.open(io.BytesIO(image.write_to_buffer(".png[strip]"))) as drawn:
        keep_small(drawn, Path(f"{prefix}-0.png"))
    return True


def _image_by_mupdf(path: Path, prefix: str) -> bool:
    # Not among our own packages; without it, the other programs have to do.
    pymupdf = importlib.import_module("pymupdf")
    pymupdf.TOOLS.reset_mupdf_warnings()
    pixels = pymupdf.Pixmap(str(path))
    if pymupdf.TOOLS.mupdf_warnings():
        # It shows what there is of a cut picture, and guesses what it does not know.
        return False
    if pixels.colorspace.n not in {1, 3}:
        pixels = pymupdf.Pixmap(pymupdf.csRGB, pixels)
    with Image.open(io.BytesIO(pixels.tobytes("png"))) as image:
        keep_small(image, Path(f"{prefix}-0.png"))
    return True


def _by_poppler(path: Path, prefix: str) -> bool:
    keep_rendered(path, prefix, MAX_COMPARED)
    return bool(list(Path(prefix).parent.glob(f"{Path(prefix).name}-*.png")))


def _by_mupdf(path: Path, prefix: str) -> bool:
    pymupdf = importlib.import_module("pymupdf")
    pymupdf.TOOLS.reset_mupdf_warnings()
    is_blank = True
    with pymupdf.open(path) as document:
        if document.needs_pass or not document.page_count:
            return False
        for number in range(min(MAX_COMPARED, document.page_count)):
            drawn = document[number].get_pixmap(dpi=72)
            is_blank = is_blank and drawn.is_unicolor
            with Image.open(io.BytesIO(drawn.tobytes("png"))) as image:
                keep_small(image, Path(f"{prefix}-{number}.png"))
    # From a damaged file without a catalogue, it makes up empty pages.
    return not (is_blank and pymupdf.TOOLS.mupdf_warnings())


_OF_BOOKS: dict[str, Callable[[Path, str], bool]] = {"poppler": _by_poppler, "mupdf": _by_mupdf}


def _unpacked(path: Path) -> dict[str, list[str]]:
    """Return the SHA-256 of each file that 7z and bsdtar get out without an error."""
    found: dict[str, list[str]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, command in {
            "7z": ["7z", "x", "-y", "-p-", f"-o{folder}/7z", str(path)],
            "bsdtar": ["bsdtar", "-x", "-f", str(path), "-C", f"{folder}/bsdtar"],
        }.items():
            target = Path(folder, name)
            target.mkdir()
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
                stdin=subprocess.DEVNULL,
            )
            files = [file for file in target.rglob("*") if is_image_name(file.name)]
            pages = [file for file in files if file.is_file() and not file.is_symlink()]
            if done.returncode == 0 and pages:
                found[name] = sorted(map(_digest, pages))
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Answer the questions of the benchmark."""
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        answer(Others(Path(sys.argv[1]), browser.new_page()).ask)


if __name__ == "__main__":
    main()
