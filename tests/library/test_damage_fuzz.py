"""Damaged copies of real comics of every kind: never a crash or a hang, and always a reason."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comic_downloads.domain.errors import ComicUnreadable, PageUnreadable
from comic_downloads.library.metadata import describe
from comic_downloads.library.metadata.declared import declared_metadata
from comic_downloads.library.reader import PageReader, read_comic
from comic_downloads.library.scanner import FoundComic
from comic_downloads.library.sources import open_comic
from comic_downloads.library.sources.documents import Document, DocumentKind
from comic_downloads.packaging import images

from .packed import (
    RawEntry,
    raw_zip,
    write_7z,
    write_epub,
    write_pdf,
    write_rar4,
    write_rar5,
    write_tar,
)
from .shelf import comic_info, image, write_zip

MAX_PIXELS = 1_000_000
PAGES = {
    "ComicInfo.xml": comic_info(Title="T", Number="1"),
    "1.jpg": image(),
    "2.png": image(kind="PNG"),
    "3.webp": image(kind="WEBP"),
    "4": image(kind="GIF"),
}


def _write_odd_zip(path: Path) -> Path:
    """Write names without an encoding, a field of the extra data, and bytes on both sides."""
    entries = [
        RawEntry(f"表{name}".encode("cp932"), data, zipfile.ZIP_DEFLATED, extra=b"up\x02\0\1\0")
        for name, data in PAGES.items()
    ]
    path.write_bytes(b"MZ" + bytes(500) + raw_zip(entries, b"comment") + bytes(70_000))
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "stored.zip": lambda path: write_zip(path, PAGES),
    "deflated.zip": lambda path: write_zip(path, PAGES, zipfile.ZIP_DEFLATED),
    "lzma.zip": lambda path: write_zip(path, PAGES, zipfile.ZIP_LZMA),
    "odd.zip": _write_odd_zip,
    "a.tar": lambda path: write_tar(path, PAGES | {"x" * 150 + ".jpg": image()}),
    "a.tgz": lambda path: write_tar(path, PAGES, "w:gz"),
    "a.7z": lambda path: write_7z(path, PAGES),
    "rar4.rar": lambda path: write_rar4(path, PAGES),
    "rar5.rar": lambda path: write_rar5(path, PAGES),
    "a.pdf": lambda path: write_pdf(path, [PAGES["1.jpg"], PAGES["2.png"]], text="x"),
    "a.epub": lambda path: write_epub(
        path, {"1.xhtml": '<img src="1.jpg"/>'}, {"1.jpg": PAGES["1.jpg"]}
    ),
}
_cuts = st.tuples(st.just("cut"), st.floats(0, 1), st.just(b""))
_overwrites = st.tuples(st.just("overwrite"), st.floats(0, 1), st.binary(min_size=1, max_size=8))
_inserts = st.tuples(st.just("insert"), st.floats(0, 1), st.binary(min_size=1, max_size=40))
_bits = st.tuples(
    st.just("flip"), st.floats(0, 1), st.integers(0, 7).map(lambda bit: bytes([1 << bit]))
)
DAMAGES = st.lists(st.one_of(_cuts, _overwrites, _inserts, _bits), min_size=1, max_size=6)


def damaged(data: bytes, damages: list[tuple[str, float, bytes]]) -> bytes:
    for kind, place, value in damages:
        at = int(place * len(data))
        if kind == "cut":
            data = data[:at]
        elif kind == "insert":
            data = data[:at] + value + data[at:]
        elif kind == "overwrite":
            data = data[:at] + value + data[at + len(value) :]
        elif at < len(data):
            data = data[:at] + bytes([data[at] ^ value[0]]) + data[at + 1 :]
    return data


@pytest.mark.parametrize("kind", WRITERS)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damages=DAMAGES)
def test_a_damaged_copy_ends_in_pages_or_in_a_reason(
    tmp_path: Path, kind: str, damages: list[tuple[str, float, bytes]]
):
    original = tmp_path / kind
    if not original.exists():
        WRITERS[kind](original)
    path = tmp_path / f"damaged-{kind}"
    path.write_bytes(damaged(original.read_bytes(), damages))
    reader = PageReader(images.probe, MAX_PIXELS, lambda: None)
    comic = read_comic(tmp_path, FoundComic(path.name, "f"), reader)
    assert comic.metadata.title
    assert comic.error or comic.pages
    assert all(page.error or page.facts for page in comic.pages)
    assert all(
        text.isprintable()
        for text in (comic.error, *(page.name + page.error for page in comic.pages))
    )


@pytest.mark.parametrize("kind", WRITERS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400))
def test_nonsense_behind_a_true_signature_ends_in_a_reason(tmp_path: Path, kind: str, data: bytes):
    original = tmp_path / kind
    if not original.exists():
        WRITERS[kind](original)
    path = tmp_path / f"nonsense-{kind}"
    path.write_bytes(original.read_bytes()[:40] + data)
    try:
        with open_comic(path) as comic:
            for name in comic.names():
                comic.open_page(name).close()
    except (ComicUnreadable, PageUnreadable) as error:
        assert error.detail.endswith(".")
    else:
        assert path.exists()


@settings(max_examples=300)
@given(
    name=st.text(max_size=80).map(lambda text: text.replace("/", "_")),
    folder=st.text(max_size=30),
    info=st.binary(max_size=200),
)
def test_any_name_and_any_comic_info_give_a_title(name: str, folder: str, info: bytes):
    declared = declared_metadata([Document(DocumentKind.COMIC_INFO, "ComicInfo.xml", info)])
    for path in (name, f"{folder.replace('/', '_')}/{name}"):
        assert describe(path, declared.metadata).title or not name
