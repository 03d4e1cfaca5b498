"""What is in a library folder without being a comic: artwork, waste bins, other kinds."""

from __future__ import annotations

import pytest

from comic_downloads.usecases.library.browse import get_comic
from comic_downloads.usecases.library.status import library_status

from .shelf import Shelf, image, write_folder, write_zip


def _paths(shelf: Shelf) -> list[str]:
    return sorted(get_comic(shelf.context, comic.id).path for comic in shelf.comics())


def _page_names(shelf: Shelf) -> list[str]:
    return [page.name for page in shelf.only().pages]


def test_covers_beside_archives_are_no_comics(shelf: Shelf):
    folder = shelf.library / "Nebula"
    art = [
        *("cover1.jpg", "fanart2.jpg", "folder-alt.png", "Variant Covers.jpg", "characters.png"),
        *("Nebula v09.webp", "Nebula v09.cbz.jpg", "poster.jpg"),
    ]
    numbers = range(1, 21)
    for number in numbers:
        write_zip(folder / f"Nebula {number:03} (2011).cbz", {"1.jpg": image()})
        art += [f"Nebula {number:03}.jpg", f"Nebula {number:03} (2011)-poster.jpg"]
    write_zip(folder / "Nebula v09.cbz", {"1.jpg": image()})
    write_folder(folder, {name: image() for name in art})
    shelf.scan()
    assert len(shelf.comics()) == len(numbers) + 1


def test_pictures_beside_folders_of_comics_are_no_comics(shelf: Shelf):
    folder = shelf.library / "Nebula"
    write_folder(folder / "Nebula 1", {"1.jpg": image()})
    write_folder(folder / "more" / "Nebula 2", {"1.jpg": image()})
    art = ["cover.jpg", "characters.png", "Variant Covers.jpg", "map of the city.jpg", "back.jpg"]
    write_folder(folder, {name: image() for name in art})
    shelf.scan()
    assert sorted(_paths(shelf)) == ["Nebula/Nebula 1", "Nebula/more/Nebula 2"]


@pytest.mark.parametrize("extras", [{}, {"sketch.jpg": image()}])
def test_loose_pages_keep_their_cover_beside_a_folder_without_comics(
    shelf: Shelf, extras: dict[str, bytes]
):
    folder = shelf.library / "Nebula"
    write_folder(folder, {name: image() for name in ("cover.jpg", "001.jpg", "002.jpg")})
    write_folder(folder / "extras", extras)
    shelf.scan()
    comic = next(comic for comic in shelf.comics() if comic.title.startswith("Nebula"))
    names = [page.name for page in get_comic(shelf.context, comic.id).pages]
    assert names == ["cover.jpg", "001.jpg", "002.jpg"]


def test_loose_pages_beside_an_archive_are_a_comic_without_its_artwork(shelf: Shelf):
    folder = shelf.library / "Nebula"
    write_zip(folder / "Nebula Special.cbz", {"1.jpg": image()})
    names = ["001.jpg", "002.jpg", "003.jpg", "cover.jpg", "Nebula Special.jpg"]
    write_folder(folder, {name: image() for name in names})
    shelf.scan()
    assert sorted(_paths(shelf)) == ["Nebula", "Nebula/Nebula Special.cbz"]
    (loose,) = (comic for comic in shelf.comics() if comic.page_count > 1)
    assert [page.name for page in get_comic(shelf.context, loose.id).pages] == names[:3]


def test_covers_named_after_folders_of_pages_are_no_comic(shelf: Shelf):
    folder = shelf.library / "Nebula"
    for number in (1, 2, 3):
        write_folder(folder / f"Nebula {number}", {"1.jpg": image()})
    write_folder(folder, {f"Nebula {number}.jpg": image() for number in (1, 2, 3)})
    shelf.scan()
    assert len(shelf.comics()) == 3
    assert {comic.page_count for comic in shelf.comics()} == {1}


def test_pages_are_not_named_after_an_archive_of_a_shorter_number(shelf: Shelf):
    write_zip(shelf.library / "Nebula" / "1.cbz", {"1.jpg": image()})
    names = ["10.jpg", "11.jpg", "12.jpg"]
    write_folder(shelf.library / "Nebula", {name: image() for name in [*names, "1.jpg"]})
    shelf.scan()
    assert sorted(comic.page_count for comic in shelf.comics()) == [1, 3]


def test_a_picture_in_the_library_folder_makes_no_comic_of_it(shelf: Shelf):
    write_folder(shelf.library, {"wallpaper.jpg": image(), "1.jpg": image(), "2.jpg": image()})
    write_zip(shelf.library / "Comic.cbz", {"1.jpg": image()})
    shelf.scan()
    assert _paths(shelf) == ["Comic.cbz"]


def test_loose_pages_without_extensions_are_a_comic(shelf: Shelf):
    write_folder(shelf.library / "Nebula", {"001": image(), "002": image(), "README": b"hello"})
    shelf.scan()
    assert _page_names(shelf) == ["001", "002"]


BINS = [
    *("#recycle", "@Recycle", "RECYCLER", "Recycled", "_Trash", "$RECYCLE.BIN", ".Trash-1000"),
    *("#snapshot", "@Recently-Snapshot", "~snapshot", ".snapshot", ".zfs", "@tmp", "#tmp"),
    *("@__thumb", "@sharebin", "@eaDir", "Network Trash Folder", "Temporary Items", "lost+found"),
    *(".stversions", ".dropbox.cache"),
]


@pytest.mark.parametrize("name", BINS)
def test_a_comic_moved_to_a_waste_bin_is_gone(shelf: Shelf, name: str):
    path = write_zip(shelf.library / "Series" / "Nebula 1.cbz", {"1.jpg": image()})
    write_zip(shelf.library / "Series" / "Nebula 2.cbz", {"1.jpg": image("red")})
    shelf.scan()
    target = shelf.library / "Series" / name / "old"
    target.mkdir(parents=True)
    path.rename(target / path.name)
    shelf.scan()
    assert _paths(shelf) == ["Series/Nebula 2.cbz"]


def test_names_of_waste_bins_are_names_of_chapters_within_an_archive(shelf: Shelf):
    write_zip(shelf.library / "a.cbz", {"Recycled/1.jpg": image(), "_Trash/2.jpg": image()})
    shelf.scan()
    assert _page_names(shelf) == ["_Trash/2.jpg", "Recycled/1.jpg"]


OTHERS = [
    *("a.7z.001", "a.zip.001", "a.cbz.001", "a.part02.rar", "a.r00", "a.z01"),
    *("a.cba", "a.ace", "a.lzh", "a.zipx", "a.mobi", "a.azw3", "a.djvu", "a.xps", "a.cbw", "a.phz"),
]


@pytest.mark.parametrize("name", OTHERS)
def test_files_of_other_kinds_are_listed_with_what_to_do(shelf: Shelf, name: str):
    write_folder(shelf.library / "Books", {name: b"x" * 100})
    shelf.scan()
    assert shelf.comics() == []
    (problem,) = library_status(shelf.context).problems
    assert problem.startswith(f"Books/{name}: It is ") or "The first part" in problem
    assert problem.endswith(".")


def test_many_files_of_one_kind_are_one_line(shelf: Shelf):
    write_folder(shelf.library / "Books", {f"{number}.mobi": b"x" for number in range(30)})
    write_folder(shelf.library / "Split", {f"a.7z.{number:03}": b"x" for number in range(1, 9)})
    shelf.scan()
    assert sorted(library_status(shelf.context).problems) == [
        "Books/0.mobi: It is a Kindle book, which cannot be read. Convert it to EPUB or CBZ, for "
        "example with Calibre. 29 more files in its folder are of this kind.",
        "Split/a.7z.001: It is part of a split archive. Unpack all parts and pack the pages as one "
        "CBZ. 7 more files in its folder are of this kind.",
    ]


UNFINISHED = [
    *("a.cbz.part", "a.cbz.crdownload", "a.cbz.!qB", "a.cbz.tmp", "a.mobi.part", "a.cbz.aria2"),
    *("~syncthing~a.cbz.tmp", ".syncthing.a.cbz.tmp", "a.cbz.partial", "a.cbz.filepart"),
    "a.sync-conflict-20260101-101010-ABCDEFG.cbz",
]


@pytest.mark.parametrize("name", UNFINISHED)
def test_unfinished_files_are_neither_comics_nor_problems(shelf: Shelf, name: str):
    write_folder(shelf.library / "Series", {name: image(), "Notes": b"text"})
    shelf.scan()
    assert shelf.comics() == []
    assert not library_status(shelf.context).problems


def test_the_parts_of_a_split_rar_whose_first_is_there_are_not_told(shelf: Shelf):
    files = {"a.part1.rar": b"Rar!\x1a\x07\x00", "a.part2.rar": b"x", "b.r00": b"x", "b.rar": b"x"}
    write_folder(shelf.library / "Series", files)
    shelf.scan()
    assert not library_status(shelf.context).problems
    assert len(shelf.comics()) == 2
