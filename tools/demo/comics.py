"""The demo comics: their pages, what their ComicInfo.xml says, and how both are packed."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from PIL import Image

from . import angstrom_deep, cafe_metro, cat_and_robot

_JPEG_QUALITY = 80
_PACKED_AT = (2026, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class DemoComic:
    """A comic as it is drawn.

    Attributes:
        file_name: Name of the CBZ that the product ships.
        metadata: Elements of ComicInfo.xml, in the order that its schema requires.
        pages: Draws the pages in reading order; yields each with its name in the CBZ.
    """

    file_name: str
    metadata: Mapping[str, str]
    pages: Callable[[], Iterable[tuple[str, Image.Image]]]


DEMO_COMICS = (
    DemoComic(
        "cafe-metro.cbz",
        {
            "Title": "The Last Train",
            "Series": "Café Métro",
            "Number": "1",
            "Summary": " ".join(
                [
                    "Inès is about to close her coffee bar in the Métro when the Moon walks in.",
                    "He has missed his train.",
                ]
            ),
            "Year": "2026",
            "Writer": "Comic Downloads",
            "Penciller": "Comic Downloads",
            "Genre": "Fantasy, Slice of Life",
            "LanguageISO": "en",
        },
        cafe_metro.pages,
    ),
    DemoComic(
        "cat-and-robot.cbz",
        {
            "Title": "猫とロボット",
            "Summary": " ".join(
                [
                    "A robot that must not get wet finds a cat that already is.",
                    "Read it from right to left.",
                ]
            ),
            "Year": "2026",
            "Writer": "Comic Downloads",
            "Penciller": "Comic Downloads",
            "Genre": "Manga",
            "LanguageISO": "en",
            "Manga": "YesAndRightToLeft",
        },
        cat_and_robot.pages,
    ),
    DemoComic(
        "angstrom-deep.cbz",
        {
            "Title": "Ångström Deep",
            "Summary": " ".join(
                [
                    "How far down does hello go?",
                    "A dive in five long strips, to be read by scrolling.",
                ]
            ),
            "Year": "2026",
            "Writer": "Comic Downloads",
            "Colorist": "Comic Downloads",
            "Genre": "Webtoon, Adventure",
            "LanguageISO": "en",
        },
        angstrom_deep.pages,
    ),
)


def write_demo_comics(folder: Path) -> None:
    """Draw every demo comic and write its CBZ into the folder, over an older one."""
    for comic in DEMO_COMICS:
        with zipfile.ZipFile(folder / comic.file_name, "w") as archive:
            archive.writestr(_entry("ComicInfo.xml"), _comic_info(comic.metadata))
            for name, image in comic.pages():
                archive.writestr(_entry(name), _encoded(name, image))


def _entry(name: str) -> zipfile.ZipInfo:
    """Return an entry with a fixed time, so that the same pages make the same file."""
    entry = zipfile.ZipInfo(name, _PACKED_AT)
    entry.create_system = 3  # Unix; otherwise it depends on the machine.
    return entry


def _encoded(name: str, image: Image.Image) -> bytes:
    output = io.BytesIO()
    if name.endswith(".png"):
        image.save(output, "PNG", optimize=True)
    else:
        image.save(output, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return output.getvalue()


def _comic_info(metadata: Mapping[str, str]) -> bytes:
    root = Element("ComicInfo")
    for tag, text in metadata.items():
        SubElement(root, tag).text = text
    indent(root)
    return tostring(root, "utf-8", xml_declaration=True)
