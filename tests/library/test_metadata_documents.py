"""Which of the documents in a comic describe it."""

from __future__ import annotations

import pytest

from comic_downloads.domain.library import ReadingDirection

from .shelf import Shelf, comic_info, image, write_folder, write_zip


def test_documents_of_chapters_do_not_name_the_volume(shelf: Shelf):
    files = {f"ch{n}/{page}.jpg": image() for n in (1, 2) for page in (1, 2)}
    infos = {
        f"ch{n}/ComicInfo.xml": comic_info(Title=f"Chapter {n}", Number=str(n)) for n in (1, 2)
    }
    write_zip(shelf.library / "Harbour" / "Harbour v01.cbz", {**infos, **files})
    shelf.scan()
    comic = shelf.only()
    assert (comic.title, comic.volume, comic.number) == ("Harbour Vol. 1", 1, "")


def test_the_document_of_one_chapter_does_not_turn_the_volume(shelf: Shelf):
    info = comic_info(Title="Chapter 2", Manga="YesAndRightToLeft")
    files = {"ch1/1.jpg": image(), "ch2/1.jpg": image(), "ch2/ComicInfo.xml": info}
    write_zip(shelf.library / "Harbour v01.cbz", files)
    shelf.scan()
    comic = shelf.only()
    assert comic.title != "Chapter 2"
    assert comic.reading_direction is ReadingDirection.LEFT_TO_RIGHT


@pytest.mark.parametrize(
    ("place", "pages"),
    [
        ("", ["1.jpg", "2.jpg"]),
        ("", ["ch1/1.jpg", "ch2/1.jpg"]),
        ("Harbour/", ["Harbour/1.jpg", "Harbour/2.jpg"]),
        ("Harbour/", ["Harbour/ch1/1.jpg", "Harbour/ch2/1.jpg"]),
        ("Harbour/", ["cover.jpg", "Harbour/1.jpg"]),
        ("about/", ["1.jpg", "2.jpg"]),
        ("Harbour/about/", ["Harbour/1.jpg", "Harbour/2.jpg"]),
    ],
)
def test_a_document_above_all_pages_or_apart_from_them_names_the_comic(
    shelf: Shelf, place: str, pages: list[str]
):
    files = {f"{place}ComicInfo.xml": comic_info(Title="Low Water")}
    write_zip(shelf.library / "x.cbz", {**files, **{page: image() for page in pages}})
    shelf.scan()
    assert shelf.titles() == ["Low Water"]


def test_the_exact_name_goes_before_others_and_the_root_before_folders(shelf: Shelf):
    files = {
        "a/ComicInfo.xml": comic_info(Title="Of the folder"),
        "comicinfo.xml": comic_info(Title="Left behind"),
        "ComicInfo.xml": comic_info(Title="High Water"),
        "a/1.jpg": image(),
    }
    write_zip(shelf.library / "archive.cbz", files)
    write_folder(
        shelf.library / "folder",
        {
            "COMICINFO.XML": comic_info(Title="Left behind"),
            "ComicInfo.xml": comic_info(Title="Low Water"),
            "1.jpg": image(),
        },
    )
    shelf.scan()
    assert shelf.titles() == ["High Water", "Low Water"]
