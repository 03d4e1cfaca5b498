"""Finished files, opened again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from comic_downloads.domain.errors import InternalError, StorageUnavailable
from comic_downloads.domain.formats import Format
from comic_downloads.domain.library import ComicMetadata
from comic_downloads.packaging.pages import Document, OutputComic
from comic_downloads.packaging.verify import verify_file
from tests.packaging.test_archives import WRITERS
from tests.packaging.zoo import ZOO, book, page, silent, small_jpeg


@pytest.fixture(params=list(Format))
def finished(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Format]:
    """Write a file with a page of every kind."""
    pages = [page(kind, make()) for kind, make in ZOO.items()]
    WRITERS[request.param](book(pages), tmp_path / "out", silent)
    return tmp_path / "out", request.param


def test_whole_file_passes(finished: tuple[Path, Format]):
    path, format = finished
    verify_file(path, format, len(ZOO))
    assert path.exists()


def test_wrong_number_of_pages_is_noticed(finished: tuple[Path, Format]):
    path, format = finished
    with pytest.raises(InternalError, match="pages instead of"):
        verify_file(path, format, len(ZOO) + 1)


def test_file_that_is_gone_is_a_fault_of_the_storage(finished: tuple[Path, Format]):
    path, format = finished
    path.unlink()
    with pytest.raises(StorageUnavailable):
        verify_file(path, format, len(ZOO))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(kept=st.floats(0, 0.999))
def test_file_that_is_cut_short_is_noticed(finished: tuple[Path, Format], kept: float):
    path, format = finished
    whole = path.read_bytes()
    try:
        path.write_bytes(whole[: int(len(whole) * kept)])
        with pytest.raises(InternalError):
            verify_file(path, format, len(ZOO))
    finally:
        path.write_bytes(whole)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(kind=st.sampled_from([k for k in ZOO if k.startswith("jpeg")]), place=st.floats(0.01, 0.99))
def test_flipped_bit_in_a_page_is_noticed(finished: tuple[Path, Format], kind: str, place: float):
    path, format = finished
    whole = path.read_bytes()
    data = ZOO[kind]()
    altered = bytearray(whole)
    start = whole.find(data)
    # A PDF holds some kinds in another form.
    if start < 0:
        start, data = whole.index(ZOO["jpeg"]()), ZOO["jpeg"]()
    altered[start + int(len(data) * place)] ^= 0x10
    try:
        path.write_bytes(altered)
        with pytest.raises(InternalError):
            verify_file(path, format, len(ZOO))
    finally:
        path.write_bytes(whole)


def test_titles_that_look_like_pages_are_not_counted(tmp_path: Path):
    comics = [
        OutputComic(ComicMetadata(title), (page("1.jpg", small_jpeg(1)),))
        for title in ("/Type /Page", "/Subtype /Image")
    ]
    WRITERS[Format.PDF](Document("/Type /Page", tuple(comics)), tmp_path / "out", silent)
    verify_file(tmp_path / "out", Format.PDF, 2)
    assert (tmp_path / "out").exists()
