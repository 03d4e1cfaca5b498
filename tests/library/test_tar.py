"""CBT and TAR comics: every dialect is read, and damage and malice end in a reason."""

from __future__ import annotations

import bz2
import gzip
import io
import random
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from comic_downloads.domain.errors import ComicOutOfReach, ComicUnreadable, PageUnreadable
from comic_downloads.library.sources import detect_kind, open_comic, source, tar
from comic_downloads.library.sources.tar import TarComic

from .packed import write_tar
from .shelf import Shelf, comic_info, image

LONG = f"{'folder ' * 30}/page.jpg"
PAGES = {"001.jpg": image("red"), "002.jpg": image("tan"), LONG: image(), "猫/é.jpg": image("navy")}


def _read(path: Path) -> dict[str, bytes]:
    with open_comic(path) as comic:
        return {name: comic.open_page(name).read() for name in comic.names()}


def _reason(path: Path) -> str:
    with pytest.raises(ComicUnreadable) as raised:
        open_comic(path).close()
    return raised.value.detail


def _member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 0) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_every_dialect_and_compression_is_read(tmp_path: Path, form: int, mode: str):
    assert _read(write_tar(tmp_path / "a.cbt", PAGES, mode, form)) == PAGES


def test_the_oldest_dialects_are_read(tmp_path: Path):
    pages = {"prefix/" * 20 + "1.jpg": image("red"), "2.jpg": image()}
    path = write_tar(tmp_path / "a.cbt", pages, form=tarfile.USTAR_FORMAT)
    assert _read(path) == pages
    old = {"1.jpg": image("red"), "2.jpg": image()}
    data = bytearray()
    for name, page in old.items():
        header = bytearray(_member(name, size=len(page)).tobuf(tarfile.USTAR_FORMAT))
        header[257:265] = bytes(8)
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        data += header + page + bytes(-len(page) % 512)
    (tmp_path / "old.tar").write_bytes(data)
    assert _read(tmp_path / "old.tar") == old


def test_a_tar_is_listed_with_its_metadata_whatever_it_is_called(shelf: Shelf):
    pages = {"1.jpg": image(), "2.jpg": image(), "ComicInfo.xml": comic_info(Title="The Deep")}
    write_tar(shelf.library / "a.cbt", pages)
    write_tar(shelf.library / "b.cbz", pages, "w:gz")
    write_tar(shelf.library / "c.tar.xz", pages, "w:xz")
    shelf.scan()
    assert [(c.title, c.page_count, c.error) for c in shelf.comics()] == [("The Deep", 2, "")] * 3
    assert {detect_kind(path) for path in shelf.library.iterdir()} == {"tar"}


def test_a_tar_of_a_pdf_is_not_taken_for_one(tmp_path: Path):
    path = write_tar(tmp_path / "a.tar", {"a.pdf": b"%PDF-1.7", "b.pdf": b"%PDF-1.7"})
    assert detect_kind(path) == "tar"
    assert _reason(path).startswith("It contains archives instead of pages.")


def test_names_in_an_encoding_of_windows_are_read_as_words(tmp_path: Path):
    path = tmp_path / "a.cbt"
    with tarfile.open(path, "w", encoding="cp932", format=tarfile.GNU_FORMAT) as archive:
        for name in ("01予告.jpg", "02表紙.jpg", "03裏.jpg"):
            archive.addfile(_member(name))
    with open_comic(path) as comic:
        assert comic.names() == ["01予告.jpg", "02表紙.jpg", "03裏.jpg"]


def test_links_are_pages_that_cannot_be_read(tmp_path: Path):
    path = tmp_path / "a.cbt"
    (tmp_path / "secret.jpg").write_bytes(image())
    with tarfile.open(path, "w") as archive:
        archive.addfile(_member("0.jpg", size=3), io.BytesIO(b"abc"))
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE), 1):
            link = _member(f"{number}.jpg", kind)
            link.linkname = "0.jpg" if kind == tarfile.LNKTYPE else str(tmp_path / "secret.jpg")
            archive.addfile(link)
        archive.addfile(_member("3.jpg", tarfile.FIFOTYPE))
        archive.addfile(_member("folder.jpg", tarfile.DIRTYPE))
    with open_comic(path) as comic:
        assert comic.names() == ["0.jpg", "1.jpg", "2.jpg"]
        for name in comic.names()[1:]:
            with pytest.raises(PageUnreadable, match="is a link"):
                comic.open_page(name)


def test_sparse_files_are_refused(tmp_path: Path):
    path = tmp_path / "a.cbt"
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        page = _member("1.jpg", size=4)
        page.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
        archive.addfile(page, io.BytesIO(b"data"))
        archive.addfile(_member("2.jpg", tarfile.GNUTYPE_SPARSE))
        archive.addfile(_member("3.jpg", size=4), io.BytesIO(b"page"))
    with open_comic(path) as comic:
        for name in ("1.jpg", "2.jpg"):
            with pytest.raises(PageUnreadable, match="sparse"):
                comic.open_page(name)
        assert comic.open_page("3.jpg").read() == b"page"


def test_a_cut_archive_keeps_the_pages_before_the_cut(tmp_path: Path):
    pages = {f"{number}.jpg": random.Random(number).randbytes(3000) for number in range(5)}
    for mode in ("w", "w:gz"):
        path = write_tar(tmp_path / "a.cbt", pages, mode)
        data = path.read_bytes()
        path.write_bytes(data[: 512 + 3072 + 1500] if mode == "w" else data[: len(data) // 2])
        with open_comic(path) as comic:
            assert comic.open_page("0.jpg").read() == pages["0.jpg"]
            last = comic.names()[-1]
            with pytest.raises(PageUnreadable), comic.open_page(last) as page:
                while page.read(3000):
                    pass


def test_a_damaged_header_is_a_page_that_cannot_be_read(tmp_path: Path):
    path = write_tar(tmp_path / "a.cbt", {"1.jpg": b"a" * 512, "2.jpg": b"b" * 512})
    data = bytearray(path.read_bytes())
    data[1024 + 130] ^= 1
    path.write_bytes(data)
    with open_comic(path) as comic:
        assert comic.names() == ["1.jpg", "unknown name 002.jpg"]
        with pytest.raises(PageUnreadable, match="everything behind it is damaged"):
            comic.open_page("unknown name 002.jpg")


@pytest.mark.parametrize("size", [b"\xff" * 12, b"-0000000512\0", b"0x0000000200"])
def test_sizes_that_lead_backwards_end_the_archive(tmp_path: Path, size: bytes):
    header = bytearray(_member("2.jpg").tobuf())
    header[124:136] = size
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    path = write_tar(tmp_path / "a.cbt", {"1.jpg": image()})
    path.write_bytes(path.read_bytes()[: 512 + len(image()) + -len(image()) % 512] + header)
    with open_comic(path) as comic:
        assert comic.names() == ["1.jpg", "unknown name 002.jpg"]


def test_a_header_that_claims_gigabytes_takes_no_memory(tmp_path: Path):
    path = tmp_path / "a.cbt"
    for kind in (tarfile.XHDTYPE, tarfile.GNUTYPE_LONGNAME):
        with path.open("wb") as file:
            file.write(_member("x", kind, 2 << 30).tobuf(tarfile.GNU_FORMAT))
            file.seek(512 + (2 << 30))
            file.write(_member("1.jpg").tobuf() + bytes(1024))
        tracemalloc.start()
        open_comic(path).close()
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        tracemalloc.stop()


def test_too_many_entries_are_refused(tmp_path: Path):
    header = _member("1.jpg").tobuf()
    (tmp_path / "a.cbt").write_bytes(header * 100_001)
    assert _reason(tmp_path / "a.cbt").startswith("It has more than 100,000 entries.")


def test_a_bomb_is_refused_while_it_unpacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(source, "BOMB_BYTES", 2_000_000)
    for mode in ("w:gz", "w:bz2", "w:xz"):
        path = write_tar(tmp_path / "a.cbt", {"1.jpg": bytes(30_000_000)}, mode)
        assert "as only malicious archives do" in _reason(path)


def test_unpacking_that_takes_too_long_is_stopped(tmp_path: Path):
    path = write_tar(tmp_path / "a.cbt", PAGES, "w:gz")
    with pytest.raises(ComicOutOfReach, match="took longer than"):
        TarComic(path, seconds=lambda size_bytes: -1.0)


def test_unpacking_needs_free_space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tar, "KEEP_FREE_BYTES", 1 << 60)
    with pytest.raises(ComicOutOfReach, match="not enough space"):
        open_comic(write_tar(tmp_path / "a.cbt", PAGES, "w:gz"))
    assert _read(write_tar(tmp_path / "b.cbt", PAGES)) == PAGES


@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress])
def test_what_parallel_packers_write_is_one_archive(tmp_path: Path, packed):
    data = write_tar(tmp_path / "a.tar", PAGES).read_bytes()
    parts = [data[start : start + 4000] for start in range(0, len(data), 4000)]
    (tmp_path / "b.cbt").write_bytes(b"".join(map(packed, parts)) + bytes(600))
    assert _read(tmp_path / "b.cbt") == PAGES


def test_a_compressed_file_that_is_no_tar_says_so(tmp_path: Path):
    (tmp_path / "a.cbt").write_bytes(gzip.compress(b"text " * 1000))
    assert _reason(tmp_path / "a.cbt") == "It is a compressed file, but no TAR archive of pages."
    (tmp_path / "b.cbt").write_bytes(gzip.compress(image())[:12])
    assert _reason(tmp_path / "b.cbt").startswith("The archive is damaged or cut short.")


def test_two_pages_of_one_name_are_two_pages(tmp_path: Path):
    path = tmp_path / "a.cbt"
    with tarfile.open(path, "w") as archive:
        for data in (b"one", b"two"):
            archive.addfile(_member("../1.jpg", size=3), io.BytesIO(data))
    assert _read(path) == {"../1.jpg": b"one", "../1_1.jpg": b"two"}
