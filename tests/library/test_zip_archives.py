"""ZIP archives from the wild: misnamed, locked, cut off, hostile.

Reading them is bounded, never crashes, and always returns a reason.
"""

from __future__ import annotations

import random
import stat
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from comic_downloads.domain.errors import ComicUnreadable, PageUnreadable
from comic_downloads.library.sources import open_comic
from comic_downloads.library.sources.documents import MAX_DOCUMENT_BYTES
from comic_downloads.library.sources.source import MAX_PAGES

from .shelf import Shelf, comic_info, image, write_zip


def _reason(path: Path) -> str:
    with pytest.raises(ComicUnreadable) as raised:
        open_comic(path)
    return raised.value.detail


@pytest.mark.parametrize(
    "method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
)
def test_every_method_python_has_is_read(tmp_path: Path, method: int):
    data = image(size=(200, 300))
    path = write_zip(tmp_path / "a.cbz", {"1.jpg": data}, method)
    with open_comic(path) as comic, comic.open_page("1.jpg") as page:
        assert page.read() == data
        page.seek(0)
        assert page.read(10) + page.read() == data


def test_pages_can_be_read_side_by_side(tmp_path: Path):
    data = {f"{number}.jpg": random.Random(number).randbytes(300_000) for number in range(3)}
    path = write_zip(tmp_path / "a.cbz", data, zipfile.ZIP_DEFLATED)
    with open_comic(path) as comic:
        streams = {name: comic.open_page(name) for name in comic.names()}
        parts = dict.fromkeys(streams, b"")
        for _ in range(4):
            for name, stream in streams.items():
                parts[name] += stream.read(100_000)
        for stream in streams.values():
            stream.close()
    assert parts == data


def test_an_unknown_method_is_named(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"1.jpg": image()})
    path.write_bytes(_with_method(path.read_bytes(), 9))
    assert _reason(path) == (
        "The archive is compressed with Deflate64, which this server cannot read. "
        "Unpack it and pack it again as an ordinary ZIP."
    )


def test_a_locked_archive_says_so(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"1.jpg": image()})
    path.write_bytes(_with_flag(path.read_bytes(), 0x1))
    assert _reason(path).startswith("The archive is locked with a password.")


def test_a_cut_archive_says_so(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"1.jpg": image(), "2.jpg": image()})
    path.write_bytes(path.read_bytes()[:-30])
    assert _reason(path).startswith("The archive is damaged or cut short.")


def test_an_empty_file_and_an_empty_archive_say_so(tmp_path: Path):
    (tmp_path / "empty.cbz").write_bytes(b"")
    assert _reason(tmp_path / "empty.cbz").startswith("The file is empty.")
    assert _reason(write_zip(tmp_path / "none.cbz", {})).startswith("It has no pages")
    assert _reason(write_zip(tmp_path / "text.cbz", {"readme.txt": b"x"})).startswith(
        "It has no pages"
    )


def test_an_archive_of_archives_says_what_to_do(tmp_path: Path):
    inner = write_zip(tmp_path / "inner.cbz", {"1.jpg": image()}).read_bytes()
    assert _reason(write_zip(tmp_path / "outer.cbz", {"inner.cbz": inner})).startswith(
        "It contains archives instead of pages"
    )


def test_something_else_called_cbz_is_told_from_an_archive(tmp_path: Path):
    (tmp_path / "page.cbz").write_bytes(b"<!doctype html><title>404</title>")
    assert "is not" in _reason(tmp_path / "page.cbz")


def test_names_that_climb_out_are_only_names(shelf: Shelf, tmp_path: Path):
    names = ["../../evil.jpg", "/etc/evil.jpg", "C:\\evil.jpg", "a/../b.jpg"]
    write_zip(shelf.library / "Comic.cbz", {name: image() for name in names})
    before = sorted(tmp_path.rglob("*.jpg"))
    shelf.scan()
    assert shelf.only().page_count == 4
    assert shelf.only().damaged_pages == 0
    assert sorted(tmp_path.rglob("*.jpg")) == before


def test_two_pages_of_one_name_are_two_pages(tmp_path: Path):
    path = tmp_path / "a.cbz"
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"first")
        archive.writestr("1.jpg", b"second")
        archive.writestr("1_1.jpg", b"of that name")
    with open_comic(path) as comic:
        pages = {name: comic.open_page(name).read() for name in comic.names()}
    assert pages == {"1.jpg": b"first", "1_1.jpg": b"of that name", "1_2.jpg": b"second"}


def test_a_link_inside_an_archive_is_a_damaged_page(tmp_path: Path):
    path = tmp_path / "a.cbz"
    link = zipfile.ZipInfo("1.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with open_comic(path) as comic, pytest.raises(PageUnreadable, match="is a link"):
        comic.open_page("1.jpg")


def test_names_without_the_utf8_flag_are_guessed(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"第1話.jpg": image()})
    path.write_bytes(_with_flag(path.read_bytes(), 0))
    with open_comic(path) as comic:
        assert comic.names() == ["第1話.jpg"]


def test_broken_unicode_and_control_characters_can_be_stored(shelf: Shelf):
    path = write_zip(shelf.library / "a.cbz", {"é1.jpg": image(), "b\n\x07.jpg": image()})
    path.write_bytes(path.read_bytes().replace("é1".encode(), b"\xff\xfe1"))
    shelf.scan()
    comic = shelf.only()
    assert (comic.page_count, comic.damaged_pages, comic.error) == (2, 0, "")
    assert all(page.name.isprintable() for page in comic.pages)


def test_a_flipped_bit_in_a_stored_page_is_noticed(shelf: Shelf):
    data = image(size=(300, 300), kind="PNG")
    path = write_zip(shelf.library / "a.cbz", {"1.png": data, "2.png": data})
    whole = bytearray(path.read_bytes())
    whole[200] ^= 1
    path.write_bytes(whole)
    shelf.scan()
    comic = shelf.only()
    assert [bool(page.error) for page in comic.pages] == [True, False]


def test_a_bomb_is_refused_before_it_unpacks(tmp_path: Path):
    path = write_zip(
        tmp_path / "bomb.cbz",
        {f"{number}.jpg": bytes(1000) for number in range(3)},
        zipfile.ZIP_DEFLATED,
    )
    path.write_bytes(
        path.read_bytes().replace(struct.pack("<L", 1000), struct.pack("<L", 400 * 1024 * 1024))
    )
    assert "as only malicious archives do" in _reason(path)


def test_a_page_of_lies_about_its_size_reads_no_more_than_it_says(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"1.jpg": bytes(1_000_000)}, zipfile.ZIP_DEFLATED)
    path.write_bytes(
        path.read_bytes().replace(struct.pack("<L", 1_000_000), struct.pack("<L", 1000))
    )
    with open_comic(path) as comic, comic.open_page("1.jpg") as page, pytest.raises(PageUnreadable):
        page.read()


def test_a_directory_of_any_size_is_not_taken_into_memory(tmp_path: Path):
    path = tmp_path / "a.cbz"
    size = 400 * 1024 * 1024
    with path.open("wb") as file:
        file.write(b"PK\x03\x04PK\x01\x02")
        file.seek(size)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, size - 4, 4, 0))
    tracemalloc.start()
    assert "table of contents is far too large" in _reason(path)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_the_longest_comic_is_read_and_a_longer_one_refused(tmp_path: Path):
    path = write_zip(tmp_path / "long.cbz", {f"{number}.jpg": b"x" for number in range(MAX_PAGES)})
    with open_comic(path) as comic:
        names = comic.names()
    assert (len(names), names[0], names[-1]) == (MAX_PAGES, "0.jpg", f"{MAX_PAGES - 1}.jpg")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("last.jpg", b"x")
    assert (
        _reason(path) == "It has 20,001 pages; the limit is 20,000. Split it into several comics."
    )


def test_oversized_and_hostile_comic_info_is_left_out(shelf: Shelf):
    entities = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    bomb = entities + b"<ComicInfo><Title>&b;</Title></ComicInfo>"
    write_zip(shelf.library / "bomb.cbz", {"ComicInfo.xml": bomb, "1.jpg": image()})
    write_zip(shelf.library / "deep.cbz", {"ComicInfo.xml": b"<a>" * 300_000, "1.jpg": image()})
    write_zip(
        shelf.library / "huge.cbz",
        {"ComicInfo.xml": comic_info(Title="x" * MAX_DOCUMENT_BYTES), "1.jpg": image()},
        zipfile.ZIP_DEFLATED,
    )
    write_zip(
        shelf.library / "odd.cbz",
        {
            "ComicInfo.xml": comic_info(Year="９９９９９９９", Number="<", Volume="-1"),
            "1.jpg": image(),
        },
    )
    write_zip(
        shelf.library / "utf.cbz",
        {"ComicInfo.xml": b'<?xml version="1.0" encoding="x-none"?><ComicInfo/>', "1.jpg": image()},
    )
    shelf.scan()
    assert [(comic.title, comic.error) for comic in shelf.comics()] == [
        (t, "") for t in ("bomb", "deep", "huge", "odd", "utf")
    ]


def _with_method(data: bytes, method: int) -> bytes:
    return _patched(data, 8, struct.pack("<H", method))


def _with_flag(data: bytes, flag: int) -> bytes:
    return _patched(data, 6, struct.pack("<H", flag))


def _patched(data: bytes, offset: int, value: bytes) -> bytes:
    """Return the archive with a field changed in both headers of every entry.

    ``offset`` is that of the local header (APPNOTE 4.3.7 and 4.3.12).
    """
    result = bytearray(data)
    for signature, shift in ((b"PK\x03\x04", 0), (b"PK\x01\x02", 2)):
        at = result.find(signature)
        while at >= 0:
            result[at + offset + shift : at + offset + shift + len(value)] = value
            at = result.find(signature, at + 4)
    return bytes(result)


def test_pages_are_readable_after_their_comic_was_closed(tmp_path: Path):
    data = {"1.jpg": random.Random(1).randbytes(50_000)}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with open_comic(write_zip(tmp_path / "a.cbz", data, method)) as comic:
            page = comic.open_page("1.jpg")
        assert page.read(10) + page.read() == data["1.jpg"]
        page.close()


def test_a_page_behind_the_end_of_the_file_is_damaged(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"1.jpg": bytes(5000)})
    with open_comic(path) as comic, comic.open_page("1.jpg") as page:
        with path.open("r+b") as file:
            file.truncate(1000)
        assert len(page.read(2000)) < 2000
        with pytest.raises(PageUnreadable, match="is cut short"):
            page.read()


def test_an_entry_without_a_name_is_left_out(tmp_path: Path):
    path = write_zip(tmp_path / "a.cbz", {"x": b"", "1.jpg": image()})
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    nameless = data[:at] + data[at : at + 28] + b"\0\0" + data[at + 30 : at + 46] + data[at + 47 :]
    end = nameless.index(b"PK\x05\x06")
    path.write_bytes(nameless[: end + 12] + struct.pack("<L", end - at) + nameless[end + 16 :])
    with open_comic(path) as comic:
        assert comic.names() == ["1.jpg"]


def test_an_archive_behind_something_else_is_read(tmp_path: Path):
    path = write_zip(
        tmp_path / "a.cbz", {"1.jpg": image("red"), "2.jpg": image("blue")}, zipfile.ZIP_DEFLATED
    )
    path.write_bytes(b"MZ" + bytes(5000) + path.read_bytes())
    with open_comic(path) as comic:
        assert [comic.open_page(name).read() for name in comic.names()] == [
            image("red"),
            image("blue"),
        ]
