"""Three comics drawn for a new, empty library, so that there is something to read and to download at once."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from PIL import Image

from . import angstrom_deep, cafe_metro, cat_and_robot

UNFINISHED = ".demo-unfinished"  # hidden from the scanner
_PACKED_AT = (2026, 1, 1, 0, 0, 0)

_CAFE_METRO = {
    "Title": "The Last Train",
    "Series": "Café Métro",
    "Number": "1",
    "Summary": "Inès is about to close her coffee bar in the Métro when the Moon walks in. He has missed his train.",
    "Year": "2026",
    "Writer": "Comic Downloads",
    "Penciller": "Comic Downloads",
    "Genre": "Fantasy, Slice of Life",
    "LanguageISO": "en",
}
_CAT_AND_ROBOT = {
    "Title": "猫とロボット",
    "Summary": "A robot that must not get wet finds a cat that already is. Read it from right to left.",
    "Year": "2026",
    "Writer": "Comic Downloads",
    "Penciller": "Comic Downloads",
    "Genre": "Manga",
    "LanguageISO": "en",
    "Manga": "YesAndRightToLeft",
}
_ANGSTROM_DEEP = {
    "Title": "Ångström Deep",
    "Summary": "How far down does hello go? A dive in five long strips, to be read by scrolling.",
    "Year": "2026",
    "Writer": "Comic Downloads",
    "Colorist": "Comic Downloads",
    "Genre": "Webtoon, Adventure",
    "LanguageISO": "en",
}


def draw_demo_library(library: Path) -> bool:
    """Draws the demo comics into the folder if there is nothing in it; True if it did.

    Everything appears at once: a program that is killed meanwhile starts again. The same pages come out every time.
    """
    unfinished = library / UNFINISHED
    if any(entry.name != UNFINISHED for entry in library.iterdir()):
        return False
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "Café Métro").mkdir(parents=True)
    _pack(unfinished / "Café Métro" / "Café Métro 001 - The Last Train (2026).cbz", cafe_metro.pages(), _CAFE_METRO)
    _lay_out(unfinished / "猫とロボット", cat_and_robot.pages(), _CAT_AND_ROBOT)
    _pack(unfinished / "Ångström Deep.cbz", angstrom_deep.pages(), _ANGSTROM_DEEP)
    for finished in sorted(unfinished.iterdir()):
        finished.rename(library / finished.name)
    unfinished.rmdir()
    return True


def _pack(path: Path, pages: Iterable[tuple[str, Image.Image]], facts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("ComicInfo.xml", _PACKED_AT), _comic_info(facts))
        for name, image in pages:
            archive.writestr(zipfile.ZipInfo(name, _PACKED_AT), _encoded(name, image))


def _lay_out(folder: Path, pages: Iterable[tuple[str, Image.Image]], facts: dict[str, str]) -> None:
    folder.mkdir()
    (folder / "ComicInfo.xml").write_bytes(_comic_info(facts))
    for name, image in pages:
        (folder / name).write_bytes(_encoded(name, image))


def _encoded(name: str, image: Image.Image) -> bytes:
    output = io.BytesIO()
    if name.endswith(".png"):
        image.save(output, "PNG", optimize=False)
    else:
        image.save(output, "JPEG", quality=88)
    return output.getvalue()


def _comic_info(facts: dict[str, str]) -> bytes:
    """A ComicInfo.xml; the schema wants its elements in one order, which the dictionaries keep."""
    root = Element("ComicInfo")
    for tag, text in facts.items():
        SubElement(root, tag).text = text
    indent(root)
    return tostring(root, "utf-8", xml_declaration=True)
