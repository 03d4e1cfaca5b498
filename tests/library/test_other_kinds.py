"""RAR, 7z, PDF and EPUB comics: they are read if possible, else there is a plain reason."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pikepdf
import py7zr
import pytest
import rarfile
from PIL import Image

from comic_downloads.domain.errors import ComicUnreadable, PageUnreadable
from comic_downloads.domain.library import ReadingDirection
from comic_downloads.library.sources import detect_kind, open_comic, rar_tool, source
from tests.packaging.tools import needs, run

from .packed import write_7z, write_epub, write_pdf, write_rar4, write_rar5
from .shelf import Shelf, comic_info, image, write_zip

PAGES = {
    "ch/page10.jpg": image("red"),
    "ch/page2.jpg": image("blue"),
    "__MACOSX/page1.jpg": b"junk",
    "ComicInfo.xml": comic_info(Title="T"),
}

_PPMD = [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}]


def _contents(path: Path) -> dict[str, bytes]:
    with open_comic(path) as comic:
        return {name: comic.open_page(name).read() for name in comic.names()}


def _reason(path: Path) -> str:
    with pytest.raises(ComicUnreadable) as raised:
        open_comic(path).close()
    return raised.value.detail


@pytest.mark.parametrize("write", [write_7z, write_rar4, write_rar5])
def test_archives_give_their_pages_in_order_and_their_metadata(tmp_path: Path, write):
    path = write(tmp_path / "a.bin", PAGES)
    assert _contents(path) == {
        "ch/page2.jpg": PAGES["ch/page2.jpg"],
        "ch/page10.jpg": PAGES["ch/page10.jpg"],
    }
    with open_comic(path) as comic:
        assert [one.data for one in comic.documents()] == [PAGES["ComicInfo.xml"]]


@pytest.mark.parametrize(
    ("write", "kind"),
    [(write_7z, "7z"), (write_rar4, "rar"), (write_rar5, "rar")],
    ids=["7z", "rar4", "rar5"],
)
def test_a_misnamed_archive_is_read_as_what_it_is(shelf: Shelf, write, kind: str):
    write(shelf.library / "Comic.cbz", PAGES)
    shelf.scan()
    assert (shelf.only().kind, shelf.only().page_count, shelf.only().damaged_pages) == (kind, 2, 0)


@pytest.mark.parametrize("write", [write_7z, write_rar4, write_rar5])
def test_cut_archives_are_damaged_and_stop_nothing(tmp_path: Path, write):
    path = write(
        tmp_path / "a.bin", {f"{number}.jpg": bytes([number]) * 3000 for number in range(5)}
    )
    whole = path.read_bytes()
    for part in (0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * part)])
        try:
            with open_comic(path) as comic:
                for name in comic.names():
                    comic.open_page(name).read()
        except (ComicUnreadable, PageUnreadable) as error:
            # Reading and refusing are both right, if the reason is given.
            assert error.detail.endswith(".")


def test_a_locked_7z_says_so(tmp_path: Path):
    assert _reason(write_7z(tmp_path / "a.7z", PAGES, password="x")).startswith(
        "The archive is locked with a password."
    )
    locked = write_7z(tmp_path / "b.7z", PAGES, password="x", header_encryption=True)
    assert _reason(locked).startswith("The archive is locked with a password.")


def test_a_locked_rar_says_so(tmp_path: Path):
    assert _reason(write_rar5(tmp_path / "a.rar", PAGES, encrypted=True)).startswith(
        "The archive is locked with a password."
    )


def test_a_7z_whose_middle_is_damaged_keeps_the_pages_before(tmp_path: Path):
    pages = {f"{number}.jpg": bytes([number]) * 2000 for number in range(4)}
    path = write_7z(tmp_path / "a.7z", pages, filters=[{"id": py7zr.FILTER_COPY}])
    data = bytearray(path.read_bytes())
    data[32 + 5000] ^= 1
    path.write_bytes(data)
    with open_comic(path) as comic:
        assert comic.open_page("0.jpg").read() == pages["0.jpg"]
        with pytest.raises(PageUnreadable, match="damaged"):
            comic.open_page("3.jpg")


def test_a_damaged_page_of_a_stored_rar_hurts_only_itself(shelf: Shelf):
    data = image(size=(200, 200), kind="PNG")
    path = write_rar5(shelf.library / "a.cbr", {"1.png": data, "2.png": data})
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"IDAT") + 20] ^= 1
    path.write_bytes(whole)
    shelf.scan()
    assert [bool(page.error) for page in shelf.only().pages] == [True, False]


def test_a_compressed_rar_without_a_program_says_which_and_is_tried_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    for tool in ("UNRAR_TOOL", "UNAR_TOOL", "BSDTAR_TOOL", "SEVENZIP_TOOL", "SEVENZIP2_TOOL"):
        monkeypatch.setattr(rarfile, tool, "no-such-program")
    path = write_rar5(shelf.library / "a.cbr", {"1.jpg": image()}, method=3)
    shelf.scan()
    assert shelf.only().error == rar_tool.NO_TOOL
    before = path.stat()
    # It stands for a program that can now unpack the archive: time and size of the file stay.
    write_rar5(path, {"01.jpg": image()})
    assert path.stat().st_size == before.st_size
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    shelf.scan()
    assert shelf.only().error == ""


@pytest.mark.parametrize("solid", [False, True])
def test_an_archive_over_which_one_program_fails_is_unpacked_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, solid: bool
):
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "page").write_bytes(image())
    for name, does in (
        ("unar", "exit 0"),
        ("bsdtar", f'[ "$1" = --version ] || [ -f "$4" ] && exec /bin/cat {programs}/page'),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{does}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    assert _contents(write_rar5(tmp_path / "a.cbr", {"1.jpg": image()}, method=3, solid=solid)) == {
        "1.jpg": image()
    }


@needs("bsdtar")
def test_bsdtar_is_called_as_it_wants_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pages = {"-v [1].jpg": image("red"), "-v 1.jpg": image("blue")}
    path = write_rar5(tmp_path / "a.cbr", pages)
    for other in ("UNRAR_TOOL", "UNAR_TOOL", "SEVENZIP_TOOL", "SEVENZIP2_TOOL"):
        monkeypatch.setattr(rarfile, other, "no-such-program")
    (tool,) = rar_tool.working_tools()
    for wanted, found in ((None, b"".join(pages.values())), *pages.items()):
        assert (
            subprocess.run(
                tool.open_cmdline(None, str(path), wanted), capture_output=True, check=True
            ).stdout
            == found
        )


def test_stored_pages_of_a_solid_rar_need_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(_contents(write_rar5(tmp_path / "a.cbr", PAGES, solid=True)).values()) == [
        image("blue"),
        image("red"),
    ]


def test_names_that_climb_out_of_a_7z_write_nothing(tmp_path: Path):
    path = tmp_path / "in" / "a.7z"
    path.parent.mkdir()
    write_7z(path, {"safe.jpg": image()})
    data = path.read_bytes().replace("safe.jpg".encode("utf-16-le"), "../e.jpg".encode("utf-16-le"))
    path.write_bytes(data)
    try:
        _contents(path)
    except (ComicUnreadable, PageUnreadable) as error:
        # Refusing it is as good as reading it.
        assert error.detail.endswith(".")
    assert sorted(entry.name for entry in tmp_path.rglob("*")) == ["a.7z", "in"]


def test_two_pages_of_one_name_in_a_7z_are_two_pages(tmp_path: Path):
    pages = [image(colour) for colour in ("red", "blue", "teal")]
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        for data in pages:
            archive.writestr(data, "1.jpg")
    assert _contents(tmp_path / "a.7z") == dict(
        zip(("1.jpg", "1_1.jpg", "1_2.jpg"), pages, strict=True)
    )


def test_a_page_in_a_7z_may_have_a_name_that_climbs_out(tmp_path: Path):
    path = tmp_path / "a.7z"
    _write_altered(
        path,
        {"safe.jpg": image(), "2.jpg": image("red")},
        "safe".encode("utf-16-le"),
        "../e".encode("utf-16-le"),
    )
    assert _contents(path) == {"2.jpg": image("red"), "../e.jpg": image()}


def _write_altered(path: Path, pages: Mapping[str, bytes], old: bytes, new: bytes) -> None:
    """Write a 7z archive with something replaced in its table of contents.

    Two checksums depend on the table (7zFormat.txt).
    """
    with py7zr.SevenZipFile(path, "w", filters=[{"id": py7zr.FILTER_COPY}]) as archive:
        archive.set_encoded_header_mode(False)
        for name, data in pages.items():
            archive.writestr(data, name)
    data = path.read_bytes()
    offset, size = struct.unpack_from("<QQ", data, 12)
    header = data[32 + offset : 32 + offset + size]
    assert header.count(old) == 1 and len(old) == len(new)
    header = header.replace(old, new)
    start = struct.pack("<QQL", offset, size, zlib.crc32(header))
    path.write_bytes(
        data[:8] + struct.pack("<L", zlib.crc32(start)) + start + data[32 : 32 + offset] + header
    )


def test_a_link_in_a_7z_takes_no_page_away(tmp_path: Path):
    (tmp_path / "1.jpg").write_bytes(image("red"))
    (tmp_path / "2.jpg").write_bytes(image("blue"))
    (tmp_path / "0.jpg").symlink_to("1.jpg")
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w", dereference=False) as archive:
        for name in ("0.jpg", "1.jpg", "2.jpg"):
            archive.write(tmp_path / name, name)
    assert _contents(tmp_path / "a.7z") == {"1.jpg": image("red"), "2.jpg": image("blue")}


def test_a_7z_packed_in_an_unknown_way_says_so(shelf: Shelf):
    one_coder, copy, never_given = b"\x0b\x01\x00\x01\x01", b"\x00", b"\x0a"
    _write_altered(
        shelf.library / "a.cb7",
        {"1.jpg": image(), "2.jpg": image()},
        one_coder + copy,
        one_coder + never_given,
    )
    shelf.scan()
    assert "The archive is compressed in a way that this server cannot read." in shelf.only().error


def test_a_bomb_in_7z_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # It would take minutes to pack as much as the real limit.
    monkeypatch.setattr(source, "BOMB_BYTES", 2_000_000)
    path = write_7z(tmp_path / "a.7z", {f"{number}.jpg": bytes(1_000_000) for number in range(3)})
    assert "as only malicious archives do" in _reason(path)


def test_pictures_of_a_pdf_come_out_untouched_and_other_pages_are_drawn(shelf: Shelf):
    jpeg, png = image("teal", (400, 600)), image("orange", (300, 450), "PNG")
    write_pdf(shelf.library / "Comic.pdf", [jpeg, png], text="The End")
    shelf.scan()
    comic = shelf.only()
    assert [(page.name, page.media_type, page.width, page.height) for page in comic.pages] == [
        ("page 001", "image/jpeg", 400, 600),
        ("page 002", "image/png", 300, 450),
        ("page 003", "image/png", 834, 1250),
    ]
    with open_comic(shelf.library / "Comic.pdf") as opened:
        assert opened.open_page("page 001").read() == jpeg
        picture = Image.open(io.BytesIO(opened.open_page("page 002").read()))
        assert picture.getpixel((150, 200)) == (255, 165, 0)
        drawn = Image.open(io.BytesIO(opened.open_page("page 003").read())).convert("L")
        assert drawn.getextrema()[0] < 50  # pyright: ignore[reportOperatorIssue]
        assert opened.open_page("page 003").read() == opened.open_page("page 003").read()


def test_a_turned_pdf_page_is_drawn_as_it_is_seen(tmp_path: Path):
    path = write_pdf(tmp_path / "a.pdf", [image("teal", (400, 600))])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.pages[0].Rotate = 90
        pdf.save(path)
    with open_comic(path) as comic:
        assert Image.open(io.BytesIO(comic.open_page("page 001").read())).size == (600, 400)


def test_a_locked_a_cut_and_an_empty_pdf_say_so(tmp_path: Path):
    assert _reason(write_pdf(tmp_path / "locked.pdf", [image()], password="x")).startswith(
        "The PDF is locked with a password."
    )
    (tmp_path / "junk.pdf").write_bytes(b"%PDF-1.7\nnothing else")
    assert _reason(tmp_path / "junk.pdf").startswith("The PDF is damaged or cut short.")


@pytest.mark.parametrize("revision", [4, 6])
def test_a_pdf_that_only_its_owner_may_change_is_read(tmp_path: Path, revision: Literal[4, 6]):
    path = write_pdf(tmp_path / "a.pdf", [image()])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user="", R=revision))
    assert _contents(path) == {"page 001": image()}


def test_an_epub_is_read_in_the_order_of_its_spine(shelf: Shelf):
    pages = {
        "b.xhtml": '<img src="../OEBPS/img/2.jpg" alt=""/>',
        "a.xhtml": '<svg><image xlink:href="img/1%20a.jpg"/></svg>',
    }
    files = {"img/1 a.jpg": image("red"), "img/2.jpg": image("blue"), "img/unused.jpg": image()}
    write_epub(
        shelf.library / "x.epub",
        pages,
        files,
        rtl=True,
        extra='<meta name="calibre:series" content="Nacht"/>',
    )
    shelf.scan()
    comic = shelf.only()
    assert [page.name for page in comic.pages] == ["OEBPS/img/2.jpg", "OEBPS/img/1 a.jpg"]
    assert (comic.title, comic.series, comic.language, comic.kind) == (
        "Der Mond",
        "Nacht",
        "de",
        "epub",
    )
    assert comic.reading_direction is ReadingDirection.RIGHT_TO_LEFT
    assert [creator.name for creator in comic.creators] == ["Ann Li"]


@pytest.mark.parametrize(
    ("fixed", "reason"),
    [
        (False, "This EPUB is a book of flowing text"),
        (True, "The pages of this EPUB are text in a fixed layout."),
    ],
)
def test_a_novel_as_epub_is_told_from_a_comic(tmp_path: Path, fixed: bool, reason: str):
    pages = {
        "cover.xhtml": '<img src="c.jpg"/>',
        **{f"{n}.xhtml": "<p>" + "Once upon a time. " * 80 + "</p>" for n in range(5)},
    }
    path = write_epub(tmp_path / "a.epub", pages, {"c.jpg": image()}, fixed=fixed)
    assert _reason(path).startswith(reason)


@pytest.mark.parametrize("fixed", [True, False])
def test_a_book_of_text_with_a_picture_in_each_chapter_is_a_comic_only_where_its_layout_is_fixed(
    tmp_path: Path, fixed: bool
):
    text = "<p>" + "Once upon a time. " * 80 + "</p>"
    chapters = {f"{n}.xhtml": f'<img src="{n}.jpg"/>{text}' for n in range(3)}
    path = write_epub(
        tmp_path / "a.epub", chapters, {f"{n}.jpg": image() for n in range(3)}, fixed=fixed
    )
    if fixed:
        assert len(_contents(path)) == 3
    else:
        assert _reason(path).startswith("This EPUB is a book of flowing text")


@pytest.mark.parametrize("locked", ["OEBPS/1%20a.jpg", "OEBPS/1.xhtml"])
def test_an_epub_locked_by_its_seller_says_so(tmp_path: Path, locked: str):
    path = write_epub(
        tmp_path / "a.epub", {"1.xhtml": '<img src="1%20a.jpg"/>'}, {"1 a.jpg": image()}
    )
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("META-INF/encryption.xml", f'<e><CipherReference URI="{locked}"/></e>')
    assert "DRM" in _reason(path)


def test_an_epub_whose_fonts_alone_are_locked_is_read(tmp_path: Path):
    path = write_epub(tmp_path / "a.epub", {"1.xhtml": '<img src="1.jpg"/>'}, {"1.jpg": image()})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(
            "META-INF/encryption.xml", '<e><CipherReference URI="OEBPS/font.otf"/></e>'
        )
    assert _contents(path) == {"OEBPS/1.jpg": image()}


def test_a_picture_that_is_missing_in_an_epub_is_a_damaged_page(shelf: Shelf):
    pages = {
        f"{n}.xhtml": f'<img src="{n}.jpg?v=1"/><img src="https://example.org/x.jpg"/>'
        for n in range(3)
    }
    write_epub(shelf.library / "a.epub", pages, {"0.jpg": image("red"), "2.jpg": image("blue")})
    shelf.scan()
    assert [page.error for page in shelf.only().pages] == [
        "",
        "“OEBPS/1.jpg” is not in the archive.",
        "",
    ]


def test_an_epub_packed_again_is_still_one(tmp_path: Path):
    made = write_epub(
        tmp_path / "made.epub",
        {"1.xhtml": '<img src="b.jpg"/>', "2.xhtml": '<img src="a.jpg"/>'},
        {},
    )
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(tmp_path / "a.epub", "w") as new:
        for name in reversed(old.namelist()):
            new.writestr(name, old.read(name))
        for name, colour in (("a", "red"), ("b", "blue")):
            new.writestr(f"OEBPS/{name}.jpg", image(colour))
    assert list(_contents(tmp_path / "a.epub")) == ["OEBPS/b.jpg", "OEBPS/a.jpg"]
    write_zip(tmp_path / "zip.epub", {"1.jpg": image()})
    assert detect_kind(tmp_path / "zip.epub") == "zip"


def test_an_epub_page_in_utf_16_is_read(tmp_path: Path):
    path = write_epub(tmp_path / "a.epub", {"1.xhtml": '<img src="1.jpg"/>'}, {"1.jpg": image()})
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["OEBPS/1.xhtml"] = entries["OEBPS/1.xhtml"].decode().encode("utf-16")
    write_zip(path, entries)
    assert list(_contents(path)) == ["OEBPS/1.jpg"]


def test_a_broken_epub_says_so(tmp_path: Path):
    path = write_epub(tmp_path / "a.epub", {"1.xhtml": '<img src="1.jpg"/>'}, {"1.jpg": image()})
    path.write_bytes(path.read_bytes().replace(b"<package", b"<<ackage"))
    assert _reason(path).startswith("The EPUB is damaged")


def test_kinds_are_told_by_content(tmp_path: Path):
    assert detect_kind(write_epub(tmp_path / "a.cbz", {"1.xhtml": ""}, {})) == "epub"
    assert detect_kind(write_pdf(tmp_path / "a.cbr", [image()])) == "pdf"
    assert detect_kind(tmp_path) == "folder"


@needs("7z", "bsdtar")
def test_a_7z_of_a_method_that_other_programs_know_is_unpacked_by_them(tmp_path: Path):
    pages = {"1.png": image("red", (300, 300), "PNG"), "2.png": image("tan", (200, 200), "PNG")}
    for name, data in pages.items():
        (tmp_path / name).write_bytes(data)
    coders = ["-m0=BCJ2", "-m1=LZMA:d16", "-m2=LZMA:d16", "-m3=LZMA:d16"]
    run("7z", "a", *coders, "-mb0:1", "-mb0s1:2", "-mb0s2:3", tmp_path / "a.cb7", *_in(tmp_path))
    assert _contents(tmp_path / "a.cb7") == pages


@needs("bsdtar")
def test_ppmd_is_left_to_programs_that_may_crash_alone(tmp_path: Path):
    path = write_7z(tmp_path / "a.cb7", PAGES, filters=_PPMD)
    assert sorted(_contents(path)) == ["ch/page10.jpg", "ch/page2.jpg"]
    with open_comic(path) as comic:
        assert [document.data for document in comic.documents()] == [PAGES["ComicInfo.xml"]]


def test_ppmd_without_a_program_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    path = write_7z(tmp_path / "a.cb7", PAGES, filters=_PPMD)
    with open_comic(path) as comic, pytest.raises(PageUnreadable, match="this server cannot read"):
        comic.open_page("ch/page2.jpg")


def _in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


def test_a_7z_of_a_new_method_that_cannot_be_unpacked_is_not_called_damaged(shelf: Shelf):
    path = shelf.library / "a.cb7"
    write_7z(path, {"1.jpg": image(), "2.jpg": image()}, filters=[{"id": py7zr.FILTER_ZSTD}])
    assert len(_contents(path)) == 2
    data = bytearray(path.read_bytes())
    data[32 + 8 : 32 + 40] = bytes(32)
    path.write_bytes(data)
    shelf.scan()
    assert "compressed with Zstandard in a way that this server cannot read" in shelf.only().error
