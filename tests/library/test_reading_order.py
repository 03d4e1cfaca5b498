"""The order of the comics in a series: in lists, in the API, and in the files made of it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from comic_downloads.db.library import comic_ids_of_series
from comic_downloads.domain.library import ComicQuery
from comic_downloads.usecases.library.browse import get_series, list_series

from .shelf import Shelf, comic_info, image, write_zip


def order_of(shelf: Shelf, names: Sequence[str]) -> list[str]:
    """Scan comics of these names in one folder, “Nova”, and return their names in order."""
    shuffled = list(names)
    random.Random(7).shuffle(shuffled)
    for name in shuffled:
        write_zip(shelf.library / "Nova" / f"{name}.cbz", {"1.jpg": image()})
    shelf.scan()
    return [path.rpartition("/")[2].removesuffix(".cbz") for path in _paths(shelf)]


def _paths(shelf: Shelf) -> list[str]:
    from comic_downloads.usecases.library.browse import get_comic

    (series,) = list_series(shelf.context)
    comics = get_series(shelf.context, series.id).comics
    return [get_comic(shelf.context, comic.id).path for comic in comics]


@pytest.mark.parametrize(
    "names",
    [
        ("Nova v01", "Nova v02", "Nova c018", "Nova c019"),
        ("Nova v01", "Nova v01.5", "Nova v02", "Nova v10"),
        ("Nova v01 c001", "Nova v01 c002", "Nova v02 c001", "Nova c003"),
        ("Nova v01 c009", "Nova c010", "Nova v02 c011"),
        ("Nova 001", "Nova 002", "Nova Annual 001", "Nova Annual 002", "Nova guide book"),
        ("Nova 001", "Nova 010", "Nova - Winter Special 001", "Nova Extra"),
        ("Nova v01", "Nova 001", "Nova Annual 001", "Nova Sketches"),
        ("Nova 001", "Nova 002 (2019)", "Nova 003"),
        ("Nova v01-03", "Nova v04-06", "Nova v07"),
        ("Nova c001-010", "Nova c011-020", "Nova c021"),
        ("Nova 001", "Nova HS1", "Nova HS2", "Nova HS10"),
        ("Nova #-1", "Nova #0", "Nova #½", "Nova #1", "Nova #1½", "Nova #2"),
        ("Nova 003", "Nova 003a", "Nova 003b", "Nova 004"),
    ],
)
def test_names_are_in_reading_order(shelf: Shelf, names: tuple[str, ...]):
    assert order_of(shelf, names) == list(names)


@pytest.mark.parametrize(
    "numbers",
    [
        ("10", "10.05", "10.1", "10.5", "11"),
        ("0", "½", "1", "1.MU", "2"),
        ("0", "1/2", "1", "1½", "2", "10A", "11"),
        ("-2", "-1.5", "-1", "0", "1", "1,5", "2"),
        ("1", "1.5", "1a", "1b", "2", "B1", "B2"),
        ("1", "٣x", ""),
    ],
)
def test_numbers_compare_as_decimals_with_their_letters(any_shelf: Shelf, numbers: tuple[str, ...]):
    for place, number in enumerate(reversed(numbers)):
        info = comic_info(Series="Nova", Number=number, Title=f"T{place}")
        write_zip(any_shelf.library / f"{place}.cbz", {"ComicInfo.xml": info, "1.jpg": image()})
    any_shelf.scan()
    (series,) = list_series(any_shelf.context)
    found = [comic.number for comic in get_series(any_shelf.context, series.id).comics]
    assert found == list(numbers)


@pytest.mark.parametrize("kind", ["Annual", "Special", "One-Shot", "one shot", "FCBD"])
def test_the_format_of_a_comic_puts_it_behind_the_run(shelf: Shelf, kind: str):
    for number in ("1", "2"):
        info = comic_info(Series="Nova", Number=number, Title=f"Issue {number}.")
        write_zip(shelf.library / f"{number}.cbz", {"ComicInfo.xml": info, "1.jpg": image()})
    info = comic_info(Series="Nova", Number="1", Title="Apart", Format=kind)
    write_zip(shelf.library / "0.cbz", {"ComicInfo.xml": info, "1.jpg": image("red")})
    shelf.scan()
    (series,) = list_series(shelf.context)
    comics = get_series(shelf.context, series.id).comics
    assert [comic.title for comic in comics] == ["Issue 1.", "Issue 2.", "Apart"]


def test_the_cover_of_a_series_is_that_of_its_first_volume(shelf: Shelf):
    for name in ("Nova Annual", "Nova c010", "Nova guide book", "Nova v01", "Nova v01.5"):
        write_zip(shelf.library / "Nova" / f"{name}.cbz", {"1.jpg": image()})
    shelf.scan()
    (series,) = list_series(shelf.context)
    first = next(comic for comic in shelf.comics() if comic.volume == 1)
    assert series.cover_url == first.cover_url


def test_lists_and_series_have_one_order(any_shelf: Shelf):
    for name in ("Nova v02", "Nova v10", "Nova c018", "Nova Annual 001", "Nova v01 - Zenith"):
        write_zip(any_shelf.library / "Nova" / f"{name}.cbz", {"1.jpg": image()})
    write_zip(any_shelf.library / "Nova Gold 001.cbz", {"1.jpg": image()})
    write_zip(any_shelf.library / "Alone.cbz", {"1.jpg": image()})
    any_shelf.scan()
    series = next(one for one in list_series(any_shelf.context) if one.title == "Nova")
    in_series = [comic.id for comic in get_series(any_shelf.context, series.id).comics]
    with any_shelf.context.db.read() as session:
        assert comic_ids_of_series(session, series.id) == in_series
    for sort in ("title", "series", "number"):
        query = ComicQuery(series_id=series.id, sort=sort)
        assert [comic.id for comic in any_shelf.comics(query)] == in_series
    everything = [comic.id for comic in any_shelf.comics()]
    assert everything[1:-1] == in_series
    backwards = [comic.id for comic in any_shelf.comics(ComicQuery(sort="-title"))]
    assert backwards == everything[::-1]


def test_one_volume_for_all_numbers_does_not_count(shelf: Shelf):
    for number in ("1", "2", "3", "4"):
        fields = {"Volume": "3"} if number in {"2", "3"} else {}
        info = comic_info(Series="Nova", Number=number, **fields)
        write_zip(shelf.library / f"{number}.cbz", {"ComicInfo.xml": info, "1.jpg": image()})
    shelf.scan()
    (series,) = list_series(shelf.context)
    comics = get_series(shelf.context, series.id).comics
    assert [comic.number for comic in comics] == ["1", "2", "3", "4"]
