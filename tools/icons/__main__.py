"""Draw the icons of the installed app and the picture of link previews into ``assets/icons``.

Usage: ``python -m tools.icons``
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

FOLDER = Path(__file__).parents[2] / "assets" / "icons"
INK, PAPER, ACCENT = "#21201c", "#fdfdfc", "#5b5bd6"
SUPERSAMPLING = 4


def mark(side: int, *, book: float, corner: float) -> Image.Image:
    """Return the mark as a square: a book with an arrow down on a dark tile.

    Args:
        side: Width and height in pixels.
        book: The height of the book as a part of the side. Launchers cut a maskable icon to a
            circle of 0.8 of the side (W3C Manifest, section "Icon masks"), so there it is smaller.
        corner: The radius of the tile's corners as a part of the side; 0 fills the square.
    """
    size = side * SUPERSAMPLING
    tile = Image.new("RGBA", (size, size), (0, 0, 0, 0))
    draw = ImageDraw.Draw(tile)
    draw.rounded_rectangle((0, 0, size - 1, size - 1), corner * size, fill=INK)
    height, width = book * size, book * size * 0.78
    left, top = (size - width) / 2, (size - height) / 2
    right, bottom = left + width, top + height
    line = round(height * 0.085)
    draw.rounded_rectangle((left, top, right, bottom), height * 0.11, outline=PAPER, width=line)
    spine = bottom - height * 0.2
    draw.line((left, spine, right, spine), fill=PAPER, width=line)
    _arrow(draw, size / 2, top + height * 0.2, spine - height * 0.17, line)
    return tile.resize((side, side), Image.Resampling.LANCZOS)


def _arrow(draw: ImageDraw.ImageDraw, x: float, top: float, bottom: float, line: int) -> None:
    reach = (bottom - top) * 0.42
    draw.line((x, top, x, bottom), fill=PAPER, width=line)
    for end in (x - reach, x + reach):
        draw.line((end, bottom - reach, x, bottom), fill=PAPER, width=line)
        draw.circle((end, bottom - reach), line / 2, fill=PAPER)
    for y in (top, bottom):
        draw.circle((x, y), line / 2, fill=PAPER)


def preview() -> Image.Image:
    """Return the picture that messengers show for a link, in the size they ask for."""
    picture = Image.new("RGB", (1200, 630), PAPER)
    sign = mark(220, book=0.62, corner=0.22)
    picture.paste(sign, (110, 205), sign)
    draw = ImageDraw.Draw(picture)
    draw.text((380, 285), "Comic Downloads", INK, ImageFont.load_default(88), anchor="lm")
    words = "Comics as CBZ, PDF, ZIP or EPUB"
    draw.text((384, 372), words, ACCENT, ImageFont.load_default(42), anchor="lm")
    return picture


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    for side in (192, 512):
        mark(side, book=0.62, corner=0.22).save(FOLDER / f"icon-{side}.png", optimize=True)
    mark(512, book=0.46, corner=0).save(FOLDER / "maskable-512.png", optimize=True)
    mark(180, book=0.56, corner=0).save(FOLDER / "apple-touch-icon.png", optimize=True)
    preview().save(FOLDER / "preview.png", optimize=True)


if __name__ == "__main__":
    main()
