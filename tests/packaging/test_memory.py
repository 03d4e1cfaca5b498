"""What writers hold in memory: a little for each page, and never its data."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from comic_downloads.packaging.pages import OutputPage, Writer
from tests.packaging.test_archives import WRITERS
from tests.packaging.zoo import book, page, silent, small_jpeg

KILOBYTE, MEGABYTE = 1000, 1_000_000


def peak_bytes(write: Writer, pages: list[OutputPage], target: Path) -> int:
    made = book(pages)
    # What is imported and built once, at the first use, does not count.
    write(book(pages[:1]), target.with_name("first"), silent)
    tracemalloc.start()
    try:
        write(made, target, silent)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_a_page_more_takes_little(write: Writer, tmp_path: Path):
    one = page("page.jpg", small_jpeg(1))
    few, many = 50, 2000
    grown = peak_bytes(write, [one] * many, tmp_path / "many") - peak_bytes(
        write, [one] * few, tmp_path / "few"
    )
    assert grown < 2 * KILOBYTE * (many - few)


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
def test_large_pages_take_no_more_than_small_ones(write: Writer, tmp_path: Path):
    large = page("large.jpg", small_jpeg(1) + bytes(40 * MEGABYTE))
    assert peak_bytes(write, [large] * 2, tmp_path / "out") < 10 * MEGABYTE
