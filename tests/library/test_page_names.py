"""Which files of a comic are its pages, and in which order they are read."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from comic_downloads.domain.errors import ComicUnreadable, PageUnreadable
from comic_downloads.library.sources import open_comic

from .packed import write_7z, write_rar5, write_tar
from .shelf import Shelf, comic_info, image, write_folder, write_zip

Writer = Callable[[Path, Mapping[str, bytes]], Path]
WRITERS: dict[str, Writer] = {
    "zip": lambda path, files: write_zip(path / "a.cbz", files),
    "7z": lambda path, files: write_7z(path / "a.cb7", files),
    "rar": lambda path, files: write_rar5(path / "a.cbr", files),
    "tar": lambda path, files: write_tar(path / "a.cbt", files),
    "folder": lambda path, files: write_folder(path / "a", files),
}


def _names(path: Path) -> list[str]:
    with open_comic(path) as comic:
        return comic.names()


def _order(tmp_path: Path, *names: str, writer: Writer = WRITERS["zip"]) -> list[str]:
    """Return the reading order of pages of these names, stored in another order."""
    shuffled = random.Random(5).sample(names, len(names))
    return _names(writer(tmp_path, {name: image() for name in shuffled}))


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_pages_without_an_ordinary_extension_are_found_by_content(tmp_path: Path, writer: Writer):
    names = [
        "001",
        "002.jpg!q70",
        "003.jpg?x=1",
        "004.webp.1",
        "005.jpg_large",
        "006.jpg ",
        "007.jpg.",
        "008.jpg",
    ]
    other = {
        "README": b"read me",
        "notes.txt": image(),
        "Thumbs.db": b"x",
        "ComicInfo.xml": b"<a/>",
    }
    path = writer(tmp_path, {name: image() for name in names} | other)
    assert _names(path) == names


@pytest.mark.parametrize("name", ["001.image", "001.bin", "scan.dat", "Cover (1)"])
def test_an_unknown_extension_in_an_archive_is_looked_into(tmp_path: Path, name: str):
    assert _names(write_zip(tmp_path / "a.cbz", {name: image(kind="PNG"), "b.bin": b"no"})) == [
        name
    ]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000"])
def test_every_kind_of_image_is_known_by_its_first_bytes(tmp_path: Path, kind: str):
    path = write_zip(tmp_path / "a.cbz", {"001": image(kind=kind)})
    assert _names(path) == ["001"]


@pytest.mark.parametrize(
    "extension",
    [
        "jpf",
        "jpc",
        "jpm",
        "j2k",
        "jpx",
        "j2c",
        "dib",
        "apng",
        "jif",
        "jfi",
        "pjpeg",
        "hif",
        "avifs",
        "JPG",
    ],
)
def test_rare_extensions_of_images_are_pages(tmp_path: Path, extension: str):
    assert _order(tmp_path, f"1.{extension}", "2.jpg") == [f"1.{extension}", "2.jpg"]


def test_nothing_of_a_mixed_comic_is_left_out_silently(shelf: Shelf):
    files = {"1.jpg": image(), "2": image(), "3.j2k": image(kind="JPEG2000"), "4.jpx": b"no"}
    write_zip(shelf.library / "a.cbz", files | {"5.svg": b"<svg/>"})
    shelf.scan()
    pages = shelf.only().pages
    assert [(page.name, bool(page.error)) for page in pages] == [
        ("1.jpg", False),
        ("2", False),
        ("3.j2k", False),
        ("4.jpx", True),
        ("5.svg", True),
    ]
    assert pages[-1].error == (
        "“5.svg” is an SVG drawing, which cannot be read. Save it as a PNG or JPEG."
    )


def test_files_that_are_locked_do_not_count_as_no_images(tmp_path: Path):
    path = write_rar5(tmp_path / "a.cbr", {"001": image()}, encrypted=True)
    with pytest.raises(ComicUnreadable, match="locked with a password"):
        open_comic(path)


def test_a_link_without_an_extension_is_not_looked_into(tmp_path: Path):
    (tmp_path / "secret").write_bytes(image())
    folder = write_folder(tmp_path / "a", {"1.jpg": image()})
    (folder / "002").symlink_to(tmp_path / "secret")
    os.mkfifo(folder / "003")
    assert _names(folder) == ["1.jpg"]


COVERS = [
    "cover.jpg",
    "Cover.png",
    "folder.jpg",
    "front cover.jpg",
    "frontcover.jpg",
    "i_cover.jpg",
    "couverture.jpg",
    "portada.jpg",
    "表紙.jpg",
    "..cover.jpg",
    "!cover.jpg",
    "cover1.jpg",
    "Cover A.jpg",
]


@pytest.mark.parametrize("cover", COVERS)
def test_the_cover_is_the_first_page(tmp_path: Path, cover: str):
    names = [cover, "001.jpg", "002.jpg", "z.jpg"]
    assert _order(tmp_path, *names) == names


@pytest.mark.parametrize("writer", WRITERS.values(), ids=WRITERS)
def test_the_cover_is_first_in_every_kind_of_source(tmp_path: Path, writer: Writer):
    names = ["cover.jpg", "001.jpg", "002.jpg", "zzz.jpg"]
    assert _order(tmp_path, *names, writer=writer) == names


@pytest.mark.parametrize(
    "names",
    [
        ["Title/cover.jpg", "Title/001.jpg", "Title/002.jpg"],
        ["cover.jpg", "ch1/001.jpg", "ch1/002.jpg", "ch2/cover.jpg", "ch2/001.jpg", "credits.jpg"],
        ["Cover/1.jpg", "01/1.jpg", "01/2.jpg"],
        ["Title cover.jpg", "Title 001.jpg", "Title 002.jpg"],
        ["Title - front cover.jpg", "Title - 001.jpg", "Title - back cover.jpg"],
        ["Nebula cover.jpg", "001.jpg", "002.jpg"],
        ["Ch01 - cover.jpg", "Ch01 - 001.jpg", "Ch02 - cover.jpg", "Ch02 - 001.jpg"],
        ["!intro.jpg", "001.jpg"],
        ["001.jpg", "002 cover.jpg", "003.jpg"],
        ["001.jpg", "back cover.jpg", "credits.jpg"],
        ["001.jpg", "discovery.jpg", "zSoU-Nerd.jpg"],
        ["Zatanna 001.jpg", "Zatanna 002.jpg", "zWater.jpg"],
        ["page 1.jpg", "page 2.jpg", "zebra.jpg", "scanner credits.jpg"],
        ["ZZ Tale 1.jpg", *(f"ZZ Tale {n}.jpg" for n in range(2, 9))],
        ["page.jpg", "Page1.jpg", "page2.jpg", "page10.jpg"],
    ],
    ids=lambda names: names[0],
)
def test_covers_and_credits_stand_where_readers_expect_them(tmp_path: Path, names: list[str]):
    assert _order(tmp_path, *names) == names


def test_the_cover_is_the_thumbnail_of_the_comic(shelf: Shelf):
    pages = {"001.jpg": image("red"), "cover.jpg": image("blue")}
    write_zip(shelf.library / "a.cbz", pages | {"ComicInfo.xml": comic_info(Title="T")})
    shelf.scan()
    assert [page.name for page in shelf.only().pages] == ["cover.jpg", "001.jpg"]


def test_an_order_of_many_odd_names_is_found_quickly(tmp_path: Path):
    names = [f"{'_ ' * 180}{number} cover" for number in range(3000)]
    path = write_zip(tmp_path / "a.cbz", {f"{name}.jpg": b"x" for name in names})
    assert len(_names(path)) == 3000


def test_a_backslash_in_the_name_of_a_loose_file_is_no_folder(tmp_path: Path):
    folder = write_folder(tmp_path / "a", {"1.jpg": image(), "2\\.jpg": image()})
    assert _names(folder) == ["1.jpg", "2\\.jpg"]
    with open_comic(folder) as comic, pytest.raises(PageUnreadable):
        comic.open_page("2/.jpg")
