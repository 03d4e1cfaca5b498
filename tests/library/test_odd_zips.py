"""ZIP archives as real programs write them: odd headers, odd places, names without an encoding.

What the common unpackers open is read here as well, and an error of one entry is its own.
"""

from __future__ import annotations

import lzma
import shutil
import struct
import subprocess
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from comic_downloads.domain.errors import ComicUnreadable, PageUnreadable
from comic_downloads.library.sources import detect_kind, open_comic
from tests.packaging.tools import needs

from .packed import RawEntry, raw_zip
from .shelf import Shelf, image

DEFLATED, STORED = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED
UTF8, PATCHED, STRONG = 0x800, 0x20, 0x40
PAGES = {f"{number:03}.jpg": image(colour) for number, colour in enumerate(("red", "tan", "navy"))}


def _entries(method: int = DEFLATED, **fields: object) -> list[RawEntry]:
    return [
        replace(RawEntry(name.encode(), data, method), **fields)  # pyright: ignore[reportArgumentType]
        for name, data in PAGES.items()
    ]


def _read(path: Path) -> dict[str, bytes | None]:
    """Return the pages in reading order, and None for those that are damaged."""
    pages: dict[str, bytes | None] = {}
    with open_comic(path) as comic:
        for name in comic.names():
            try:
                with comic.open_page(name) as page:
                    data = page.read()
                pages[name] = data if comic.checksum(name) == zlib.crc32(data) else None
            except PageUnreadable:
                pages[name] = None
    return pages


def _write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def _names(tmp_path: Path, names: list[bytes]) -> list[str]:
    data = raw_zip([RawEntry(name, image()) for name in names])
    return list(_read(_write(tmp_path / "a.cbz", data)))


TITLES = {
    "cp932": ["ソードの表紙/01予告.jpg", "ソードの表紙/02表紙.jpg", "ソードの表紙/03裏.jpg"],
    "gbk": ["漫画 第1话/001_封面.jpg", "漫画 第1话/002_俓路.jpg", "漫画 第1话/003_目录.jpg"],
    "cp950": ["功夫 第1話/001_封面.jpg", "功夫 第1話/002_許願.jpg", "功夫 第1話/003_目錄.jpg"],
    "cp949": ["달빛 제1화/001 표지.jpg", "달빛 제1화/002 목차.jpg", "달빛 제1화/003 고양이.jpg"],
    "cp437": ["Café Métro/été 1.jpg", "Café Métro/été 2.jpg", "Café Métro/naïve 3.jpg"],
    "utf-8": [
        "猫とロボット/página 1.jpg",
        "猫とロボット/página 2.jpg",
        "猫とロボット/стр 3.jpg",
    ],
}


@pytest.mark.parametrize("encoding", TITLES)
def test_names_that_do_not_say_their_encoding_are_read_as_words(tmp_path: Path, encoding: str):
    titles = TITLES[encoding]
    assert _names(tmp_path, [title.encode(encoding) for title in titles]) == titles


@pytest.mark.parametrize(
    ("encoding", "titles"),
    [
        ("cp932", ["001表.jpg", "002表.jpg", "003表.jpg", "004表.jpg"]),
        ("cp932", ["01予告.jpg", "02表紙.jpg", "03裏.jpg"]),
        ("cp950", ["1功.jpg", "2許.jpg", "3功.jpg"]),
        ("gbk", ["1俓.jpg", "2封面.jpg", "3俓.jpg"]),
    ],
)
def test_a_byte_that_looks_like_a_backslash_splits_no_name(
    tmp_path: Path, encoding: str, titles: list[str]
):
    raw = [title.encode(encoding) for title in titles]
    assert any(b"\\" in name for name in raw)
    assert _names(tmp_path, raw) == titles


@pytest.mark.parametrize("flags", [0, UTF8])
def test_backslashes_of_old_windows_programs_separate_folders(tmp_path: Path, flags: int):
    names = ["Übung\\2\\1.jpg", "Übung\\10\\1.jpg", "Übung\\10\\"]
    encoding = "utf-8" if flags else "cp437"
    entries = [RawEntry(name.encode(encoding), image(), flags=flags) for name in names]
    assert list(_read(_write(tmp_path / "a.cbz", raw_zip(entries)))) == [
        "Übung/2/1.jpg",
        "Übung/10/1.jpg",
    ]


def test_one_name_in_another_encoding_spoils_no_other(tmp_path: Path):
    raw = [title.encode("cp932") for title in TITLES["cp932"]]
    names = _names(tmp_path, [*raw, b"\xff\xfe4.jpg"])
    assert set(names) > set(TITLES["cp932"])
    assert len(names) == 4


def test_the_unicode_path_field_counts_if_it_belongs_to_the_name(tmp_path: Path):
    def field(name: bytes, text: str) -> bytes:
        data = b"\x01" + struct.pack("<L", zlib.crc32(name)) + text.encode()
        return struct.pack("<HH", 0x7075, len(data)) + data

    entries = [
        RawEntry(b"?1.jpg", image(), extra=field(b"?1.jpg", "猫1.jpg"), local_name=b"\x8e1.jpg"),
        RawEntry(b"?2.jpg", image(), extra=field(b"other", "犬2.jpg")),
    ]
    assert list(_read(_write(tmp_path / "a.cbz", raw_zip(entries)))) == ["?2.jpg", "猫1.jpg"]


def test_a_name_that_is_not_what_its_flag_says_is_a_page_all_the_same(tmp_path: Path):
    entries = [*_entries(flags=UTF8), RawEntry(b"Th\xfbmbs.jpg", image(), flags=UTF8)]
    pages = _read(_write(tmp_path / "a.cbz", raw_zip(entries)))
    assert list(pages.items())[:3] == list(PAGES.items())
    assert list(pages.values())[3] == image()


@pytest.mark.parametrize("method", [DEFLATED, STORED])
@pytest.mark.parametrize(
    "fields",
    [
        {"local_name": b"\x00"},
        {"local_name": b"other name.png"},
        {"local_name": b""},
        {"local_extra": b"up\xff\xff"},
        {"local_flags": UTF8},
        {"local_sizes": False},
        {"local_sizes": False, "flags": 0x8},
        {"version_needed": 64},
        {"version_needed": 255},
        {"flags": PATCHED},
        {"flags": STRONG},
        {"flags": 0x2000},
        {"extra": struct.pack("<HH", 0x5455, 60_000) + b"short"},
        {"extra": b"up\x02\x00\x01\x00"},
        {"extra": bytes(3)},
        {"extra": bytes(40)},
        {"extra": struct.pack("<HHL", 0x0001, 4, 7)},
    ],
    ids=str,
)
def test_headers_that_disagree_or_are_odd_damage_no_page(
    tmp_path: Path, method: int, fields: dict[str, object]
):
    entries = [replace(entry, **fields) for entry in _entries(method)]  # pyright: ignore[reportArgumentType]
    path = _write(tmp_path / "a.cbz", raw_zip(entries))
    assert _read(path) == PAGES


@pytest.mark.parametrize(
    "fields",
    [{"packed_bytes": 0, "size_bytes": 0}, {"packed_bytes": 0}, {"size_bytes": 0}],
    ids=str,
)
def test_sizes_that_are_missing_are_found_by_unpacking(tmp_path: Path, fields: dict[str, object]):
    entries = [replace(entry, **fields) for entry in _entries()]  # pyright: ignore[reportArgumentType]
    assert _read(_write(tmp_path / "a.cbz", raw_zip(entries))) == PAGES


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        (b"", bytes(70_000)),
        (b"", b"<!doctype html>" * 7000),
        (b"", bytes(17 * 1024 * 1024)),
        (b"", b"PK\x05\x06" * 20 + bytes(100_000)),
        (bytes(70_000), b""),
        (b"MZ" + bytes(3 * 1024 * 1024), bytes(100_000)),
    ],
    ids=["70 kB", "HTML", "17 MB", "false ends", "before", "both"],
)
@pytest.mark.parametrize("method", [DEFLATED, STORED])
def test_bytes_before_and_behind_an_archive_do_not_matter(
    tmp_path: Path, before: bytes, behind: bytes, method: int
):
    path = _write(tmp_path / "a.cbz", before + raw_zip(_entries(method), b"comment") + behind)
    assert detect_kind(path) == "zip"
    assert _read(path) == PAGES


def test_offsets_may_count_the_bytes_before_the_archive(tmp_path: Path):
    archive = raw_zip([RawEntry(b"first", bytes(500)), *_entries()])
    start = archive.index(b"PK\x03\x04", 4)
    # The first entry's header is overwritten, as by a program that was put over the beginning.
    data = b"MZ" + bytes(start - 2) + archive[start:]
    assert _read(_write(tmp_path / "a.cbz", data)) == PAGES


def test_two_entries_may_share_their_data(tmp_path: Path):
    entries = [*_entries(), replace(_entries()[1], name=b"009.jpg", same_data_as=1)]
    path = _write(tmp_path / "a.cbz", raw_zip(entries))
    assert _read(path) == PAGES | {"009.jpg": PAGES["001.jpg"]}


@pytest.mark.parametrize("method", [DEFLATED, STORED])
def test_an_entry_that_runs_into_the_next_is_damaged_alone(tmp_path: Path, method: int):
    entries = _entries(method)
    size = len(PAGES["000.jpg"]) + 40
    entries[0] = replace(entries[0], packed_bytes=size, size_bytes=size)
    assert _read(_write(tmp_path / "a.cbz", raw_zip(entries))) == PAGES | {"000.jpg": None}


@pytest.mark.parametrize("method", [DEFLATED, STORED])
@pytest.mark.parametrize("wrong", [{"crc32": 0}, {"size_bytes": 5}, {"method": 77}, {"flags": 1}])
def test_a_wrong_fact_of_one_entry_damages_that_page(
    tmp_path: Path, method: int, wrong: dict[str, int]
):
    entries = _entries(method)
    packed = entries[1].packed_data()
    entries[1] = replace(entries[1], packed=packed, **wrong)  # pyright: ignore[reportArgumentType]
    assert _read(_write(tmp_path / "a.cbz", raw_zip(entries))) == PAGES | {"001.jpg": None}


@pytest.mark.parametrize(
    ("field", "value", "pages"),
    [
        (0, b"\0\0\0\0", 3),  # the signature
        (30, b"\x09\x00", 3),  # the length of the extra field
        (28, b"\xff\x00", 2),  # the length of the name
        (42, b"\xff\xff\xff\x0f", 2),  # the offset of the local header
        (42, b"\x05\x00\x00\x00", 2),
    ],
)
def test_a_damaged_record_of_the_directory_damages_one_page(
    tmp_path: Path, field: int, value: bytes, pages: int
):
    data = bytearray(raw_zip(_entries()))
    record = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    data[record + field : record + field + len(value)] = value
    read = _read(_write(tmp_path / "a.cbz", bytes(data)))
    assert len(read) == 3
    assert sum(page is not None for page in read.values()) == pages
    assert (read["000.jpg"], read["002.jpg"]) == (PAGES["000.jpg"], PAGES["002.jpg"])


def test_zip64_fields_are_read_where_the_short_ones_are_full(tmp_path: Path):
    full = 0xFFFFFFFF
    pages = list(PAGES.values())
    extra = struct.pack("<HHQQ", 1, 16, len(pages[0]), len(pages[0]))
    entries = _entries(STORED)
    entries[0] = replace(entries[0], extra=extra, packed_bytes=full, size_bytes=full)
    data = raw_zip(entries)
    end = data.index(b"PK\x05\x06")
    size, offset = struct.unpack_from("<LL", data, end + 12)
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 3, 3, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, end, 1)
    short = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 65535, 65535, full, full, 0)
    for before in (b"", bytes(5000)):
        path = _write(tmp_path / "a.cbz", before + data[:end] + record + locator + short)
        assert _read(path) == PAGES


def test_an_archive_cut_short_is_not_taken_for_an_archive_within(tmp_path: Path):
    inner = raw_zip([RawEntry(b"inner.jpg", image())])
    data = raw_zip([*_entries(STORED), RawEntry(b"inner.cbz", inner), RawEntry(b"z", bytes(500))])
    path = _write(tmp_path / "a.cbz", data[: data.index(b"PK\x01\x02", data.index(inner) + 1000)])
    with pytest.raises(ComicUnreadable, match="is damaged or cut short"):
        open_comic(path)


def test_the_last_part_of_a_split_archive_says_so(tmp_path: Path):
    data = raw_zip(_entries())
    end = data.index(b"PK\x05\x06")
    path = _write(tmp_path / "a.zip", data[: end + 4] + b"\x02\0\0\0" + data[end + 8 :])
    with pytest.raises(ComicUnreadable, match="the last part of a split archive"):
        open_comic(path)


def test_an_archive_that_is_locked_in_part_shows_the_other_pages(tmp_path: Path):
    entries = _entries()
    entries[2] = replace(entries[2], flags=1)
    with open_comic(_write(tmp_path / "a.cbz", raw_zip(entries))) as comic:
        assert comic.open_page("000.jpg").read() == PAGES["000.jpg"]
        with pytest.raises(PageUnreadable, match="locked with a password"):
            comic.open_page("002.jpg")


def test_xz_within_a_zip_is_read(tmp_path: Path):
    entries = [replace(entry, method=95, packed=lzma.compress(entry.data)) for entry in _entries()]
    assert _read(_write(tmp_path / "a.cbz", raw_zip(entries))) == PAGES


def test_a_dictionary_larger_than_the_page_takes_no_memory(tmp_path: Path):
    data = image()
    filters = [{"id": lzma.FILTER_LZMA1, "dict_size": 4096}]
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    header = struct.pack("<2BHBL", 9, 4, 5, 93, 0xFFFFFFFF)  # A dictionary of 4 GiB.
    entry = RawEntry(b"1.jpg", data, 14, packed=header + packed)
    assert _read(_write(tmp_path / "a.cbz", raw_zip([entry]))) == {"1.jpg": data}


def test_a_page_of_unknown_size_unpacks_no_more_than_images_do(tmp_path: Path):
    entry = RawEntry(b"1.jpg", bytes(300_000_000), DEFLATED, packed_bytes=0, size_bytes=0)
    with open_comic(_write(tmp_path / "a.cbz", raw_zip([entry]))) as comic:
        page = comic.open_page("1.jpg")
        read = 0
        with pytest.raises(PageUnreadable, match="damaged"):
            while chunk := page.read(1024 * 1024):
                read += len(chunk)
        assert read <= 100 * path_size(tmp_path / "a.cbz")


def path_size(path: Path) -> int:
    return path.stat().st_size


def test_pages_can_be_read_in_any_order_of_bytes(tmp_path: Path):
    data = bytes(range(256)) * 2000
    path = _write(tmp_path / "a.cbz", raw_zip([RawEntry(b"1.jpg", data, DEFLATED)]))
    with open_comic(path) as comic, comic.open_page("1.jpg") as page:
        assert page.seek(300_000) == 300_000
        assert page.read(300) == data[300_000:300_300]
        assert page.seek(5) == 5
        assert page.read(10) == data[5:15]
        assert page.seek(-3, 2) == len(data) - 3
        assert page.read() == data[-3:]


def test_every_page_is_shown_in_the_library(shelf: Shelf):
    entries = [
        replace(entry, name=entry.name.replace(b".jpg", "表.jpg".encode("cp932")))
        for entry in _entries(local_name=b"x", flags=STRONG, version_needed=64)
    ]
    (shelf.library / "a.cbz").write_bytes(raw_zip(entries) + bytes(100_000))
    shelf.scan()
    comic = shelf.only()
    assert (comic.page_count, comic.damaged_pages) == (3, 0)
    assert [page.name for page in comic.pages] == ["000表.jpg", "001表.jpg", "002表.jpg"]


@needs("7z")
@pytest.mark.parametrize("method", ["Copy", "Deflate", "BZip2", "LZMA"])
def test_archives_of_7_zip_are_read_as_it_packed_them(tmp_path: Path, method: str):
    for name, data in PAGES.items():
        (tmp_path / name).write_bytes(data)
    command = ["7z", "a", "-tzip", f"-mm={method}", "a.cbz", *PAGES]
    program = shutil.which(command[0])
    subprocess.run(command, executable=program, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL)
    assert _read(tmp_path / "a.cbz") == PAGES
