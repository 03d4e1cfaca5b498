"""Comics with a ComicInfo.xml that says much, put into a library and made again."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from pypdfium2 import PdfDocument

from comic_downloads.domain.options import ComicInfoSchema
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from tests.packaging.comic_info_schema import check_schema
from tests.packaging.zoo import drawing, encoded
from tests.queue.world import World

# Every element that 2.0 has besides PageCount and Pages.
VALUES_2_0 = {
    "Title": "The Night Train",
    "Series": "Harbour Lines",
    "Number": "12.5",
    "Count": "24",
    "Volume": "3",
    "AlternateSeries": "Depot Days",
    "AlternateNumber": "4a",
    "AlternateCount": "6",
    "Summary": "The train leaves.\nNobody waves & <nobody> waits.",
    "Notes": "Tagged by hand on a Sunday.",
    "Year": "1994",
    "Month": "3",
    "Day": "14",
    "Writer": "Ann Li, Bo Ek",
    "Penciller": "Cy Ode",
    "Inker": "Di Fo, Ann Li",
    "Colorist": "Ed Gee",
    "Letterer": "Fi Ha",
    "CoverArtist": "Gus Ivy",
    "Editor": "Hal Jo",
    "Publisher": "Small Press",
    "Imprint": "Night Press",
    "Genre": "Drama, Crime",
    "Web": "https://example.org/1 https://example.org/2",
    "LanguageISO": "fr-CA",
    "Format": "Annual",
    "BlackAndWhite": "Yes",
    "Manga": "No",
    "Characters": "Io, Max",
    "Teams": "Night Shift, Crew",
    "Locations": "Depot, Harbour",
    "ScanInformation": "300 dpi, cleaned",
    "StoryArc": "The Line, The Storm",
    "SeriesGroup": "Trains",
    "AgeRating": "Everyone 10+",
    "CommunityRating": "4.5",
    "MainCharacterOrTeam": "The Conductor",
    "Review": "Slow, and right so.",
}
VALUES_2_1 = VALUES_2_0 | {
    "Translator": "Ida Koch",
    "Tags": "night, train",
    "StoryArcNumber": "2, 1",
    "GTIN": "9783161484100",
}


def info(values: Mapping[str, str], pages: Sequence[Mapping[str, str]] = ()) -> bytes:
    """Return a ComicInfo.xml with these elements, and a Page for each set of attributes."""
    elements = [f"<{name}>{escape(value)}</{name}>" for name, value in values.items()]
    attributes = (
        " ".join(f"{name}={quoteattr(value)}" for name, value in page.items()) for page in pages
    )
    listed = "".join(f"<Page {one}/>" for one in attributes)
    return f"<ComicInfo>{''.join(elements)}<Pages>{listed}</Pages></ComicInfo>".encode()


def distinct_page(number: int, size: tuple[int, int] = (120, 200)) -> bytes:
    """Return a JPEG that differs from those of all other numbers."""
    comment = f"page {number}".encode()
    data = encoded(drawing(*size), "JPEG")
    return data[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2) + comment + data[2:]


def put_cbz(
    world: World, name: str, files: Mapping[str, bytes] | int, comic_info: bytes = b""
) -> str:
    """Write a CBZ of these files, or of so many pages, scan the library, and return its id."""
    if isinstance(files, int):
        files = {f"{number:03}.jpg": distinct_page(number) for number in range(files)}
    path = world.settings.library / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for entry, data in files.items():
            archive.writestr(entry, data)
        if comic_info:
            archive.writestr("ComicInfo.xml", comic_info)
    return world.scan(name)


def made(world: World, *comic_ids: str, **wishes) -> JobSnapshot:
    """Prepare a download of these comics; return it when it is ready."""
    user = world.add_user(f"user {len(world.job_folders())} {comic_ids} {wishes}")
    job = world.submit(user, "", **{"comic_ids": comic_ids, **wishes})
    while world.prepare_here():
        pass
    assert world.job(job).status == "ready", world.job(job).error
    return world.job(job)


def comic_info_of(
    world: World, job: JobSnapshot, schema: str = "comicinfo-2.0"
) -> ElementTree.Element:
    """Return the root of the ComicInfo.xml in the finished file, checked against its schema."""
    with world.file_of(job) as archive:
        return check_schema(archive.read("ComicInfo.xml"), ComicInfoSchema(schema))


def values_of(root: ElementTree.Element) -> dict[str, str | None]:
    """Return the values of all elements that do not speak of pages."""
    return {e.tag: e.text for e in root if e.tag not in {"PageCount", "Pages"}}


def marks_of(root: ElementTree.Element) -> list[dict[str, str]]:
    """Return what each page says besides its measures."""
    measures = {"Image", "ImageSize", "ImageWidth", "ImageHeight"}
    return [
        {name: value for name, value in page.attrib.items() if name not in measures}
        for page in root.iterfind("Pages/Page")
    ]


def bookmarks_of(root: ElementTree.Element) -> dict[int, str]:
    """Return the bookmarks by the number of their page, from 1."""
    return {
        number: page["Bookmark"]
        for number, page in enumerate(marks_of(root), start=1)
        if "Bookmark" in page
    }


def chapters_of(world: World, job: JobSnapshot) -> dict[int, str]:
    """Return the title of each chapter by the number of its first page."""
    if job.format == "cbz":
        return bookmarks_of(comic_info_of(world, job))
    return _contents_of(world, job) if job.format == "epub" else _outline_of(world, job)


def _outline_of(world: World, job: JobSnapshot) -> dict[int, str]:
    with PdfDocument(file_of(world, job)) as pdf:
        places = ((entry.get_dest(), entry.get_title()) for entry in pdf.get_toc())
        return {(place.get_index() or 0) + 1: title for place, title in places if place}


def _contents_of(world: World, job: JobSnapshot) -> dict[int, str]:
    """Return the entries of an EPUB's table of contents by the number of their page."""
    with world.file_of(job) as archive:
        toc = archive.read("EPUB/navigation.xhtml").decode().partition("</nav>")[0]
    return {int(n): title for n, title in re.findall(r'page-(\d+)\.xhtml">([^<]+)', toc)}


def file_of(world: World, job: JobSnapshot) -> Path:
    """Return the path of the finished file in the storage of this machine."""
    (path,) = (
        path
        for path in world.settings.data.rglob(f"storage/**/*.{job.format}")
        if path.stat().st_size == job.file_size_bytes
    )
    return path
