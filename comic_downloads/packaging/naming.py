"""Name the entries of an archive.

Names have the extension of their content, sort in reading order, and are safe on every file system.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ..domain.comic_names import file_stem
from ..domain.filenames import MAX_FILENAME_BYTES, safe_filename
from .pages import Document, OutputComic, OutputPage

# Several readers sort names as plain text.
MIN_DIGITS = 3
EXTENSIONS: dict[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/webp": ("webp",),
    "image/gif": ("gif",),
    "image/bmp": ("bmp", "dib"),
    "image/tiff": ("tiff", "tif"),
    "image/avif": ("avif",),
    "image/jp2": ("jp2", "j2k", "jpx", "jpf"),
    "image/heic": ("heic", "heif"),
    "image/jxl": ("jxl",),
}


def extension(media_type: str) -> str:
    """Return the extension, without a dot, for files of this media type."""
    return EXTENSIONS[media_type][0]


def part_name(name: str, part: int, parts: int) -> str:
    """Return the name for a part (from 0) of a page; a page that is not cut keeps its name."""
    if parts == 1:
        return name
    folders, slash, base = name.rpartition("/")
    stem, dot, ending = base.rpartition(".")
    number = f"{part + 1:0{len(str(parts))}}"
    return folders + slash + (f"{stem}-{number}.{ending}" if dot else f"{base}-{number}")


def numbered_names(document: Document) -> Iterator[tuple[str, OutputPage]]:
    """Yield the pages with names that sort in reading order.

    They are ``001.jpg``, or ``001-001.jpg`` (comic and page) if there are several comics.
    """
    several = len(document.comics) > 1
    comic_digits = max(MIN_DIGITS, len(str(len(document.comics))))
    page_digits = max(MIN_DIGITS, *(len(str(len(comic.pages))) for comic in document.comics))
    for comic_number, comic in enumerate(document.comics, start=1):
        prefix = f"{comic_number:0{comic_digits}}-" if several else ""
        for page_number, page in enumerate(comic.pages, start=1):
            yield f"{prefix}{page_number:0{page_digits}}.{extension(page.facts.media_type)}", page


def own_names(document: Document) -> Iterator[tuple[str, OutputPage]]:
    """Yield the pages under the names they have in the comic.

    Repeated names get ``_1`` and ``_2``; several comics get a folder each, which sort as they are
    read if they are of one series.
    """
    if len(document.comics) == 1:
        yield from _names_in(document.comics[0], "")
        return
    folders = _without_doubles(
        safe_filename(file_stem(comic.metadata, MAX_FILENAME_BYTES - 1), "")[:-1]
        for comic in document.comics
    )
    for folder, comic in zip(_in_order(folders, document.comics), document.comics, strict=True):
        yield from _names_in(comic, f"{folder}/")


def _in_order(folders: list[str], comics: Sequence[OutputComic]) -> list[str]:
    """Return the folders of a series so that they sort in reading order.

    They get numbers only where their names would not: “Owl v02” sorts behind “Owl #018”.
    """
    series = {comic.metadata.series for comic in comics}
    if len(series) > 1 or "" in series or folders == sorted(folders, key=str.casefold):
        return folders
    digits = max(MIN_DIGITS, len(str(len(folders))))
    return [f"{number:0{digits}} {folder}" for number, folder in enumerate(folders, start=1)]


def _names_in(comic: OutputComic, folder: str) -> Iterator[tuple[str, OutputPage]]:
    names = _without_doubles(_true_name(page) for page in comic.pages)
    for name, page in zip(names, comic.pages, strict=True):
        yield folder + name, page


def _true_name(page: OutputPage) -> str:
    """Return the page's own name, made safe and with an extension that fits its content."""
    base = page.name.replace("\\", "/").rpartition("/")[2]
    stem, dot, ending = base.rpartition(".")
    known = any(ending.lower() in endings for endings in EXTENSIONS.values())
    fits = ending.lower() in EXTENSIONS[page.facts.media_type]
    return safe_filename(
        stem if dot and known else base, ending if fits else extension(page.facts.media_type)
    )


def _without_doubles(names: Iterable[str]) -> list[str]:
    """Return the names, repeated ones with ``_1``, ``_2`` before the extension.

    Names that differ only in case count as repeated.
    """
    wanted = list(names)
    first_uses = {name.casefold() for name in wanted}
    used: set[str] = set()
    last_numbers: dict[str, int] = {}
    result = []
    for name in wanted:
        unique, number = name, last_numbers.get(name.casefold(), 0)
        while unique.casefold() in used or (number and unique.casefold() in first_uses):
            number += 1
            unique = _with_number(name, number)
        last_numbers[name.casefold()] = number
        used.add(unique.casefold())
        result.append(unique)
    return result


def _with_number(name: str, number: int) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}_{number}.{ending}" if dot else f"{name}_{number}"
