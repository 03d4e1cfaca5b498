"""Which comics are one series, what it is called, and what keeps its id."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from comic_downloads.db import library_changes, series_arrangement
from comic_downloads.db.session import Session
from comic_downloads.db.tables import Comic, Series
from comic_downloads.domain.library import ComicMetadata, ImageFacts, Page, ScannedComic
from comic_downloads.domain.text_keys import search_key
from comic_downloads.library import scanner
from comic_downloads.usecases.library.arrange import arrange_series
from comic_downloads.usecases.library.browse import get_series, list_series

from .shelf import Shelf, comic_info, image, write_zip


def stock(shelf: Shelf, *paths: str, **fields: str) -> None:
    """Write a comic of one page at each path, all with a ComicInfo.xml of these fields."""
    for path in paths:
        info = {"ComicInfo.xml": comic_info(**fields)} if fields else {}
        write_zip(shelf.library / path, {"1.jpg": image(), **info})


def series_on(shelf: Shelf) -> dict[str, list[str]]:
    """Return the numbers, volumes or titles of the comics in order, by the names of the series."""
    found = {}
    for series in list_series(shelf.context):
        comics = get_series(shelf.context, series.id).comics
        found[series.title] = [one.number or str(one.volume or one.title) for one in comics]
    return found


def ids_on(shelf: Shelf) -> dict[str, str]:
    return {series.title: series.id for series in list_series(shelf.context)}


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (("Owl (2019)", "Owl (2021)"), ("Owl (2019)", "Owl (2021)")),
        (("Owl (1963-1968)", "Owl (2018-2023)"), ("Owl (1963-1968)", "Owl (2018-2023)")),
        (("North/Owl", "South/Owl"), ("Owl (North)", "Owl (South)")),
        (("North/Owl (2019)", "South/Owl (2019)"), ("Owl (2019, North)", "Owl (2019, South)")),
        (("Owl (Color)", "Owl (Pencil)"), ("Owl (Color)", "Owl (Pencil)")),
        (
            ("Owl (2019) (Color)", "Owl (2019) (Pencil)"),
            ("Owl (2019, Color)", "Owl (2019, Pencil)"),
        ),
        (("Owl/French", "Owl/German"), ("Owl (French)", "Owl (German)")),
        (("French/Owl", "German/Owl"), ("Owl (French)", "Owl (German)")),
        (("Owl", "Owl (2021)"), ("Owl", "Owl (2021)")),
        (("Comics/North/Owl", "Comics/South/Owl"), ("Owl (North)", "Owl (South)")),
    ],
)
def test_runs_in_folders_of_their_own_are_series_of_their_own(
    shelf: Shelf, folders: tuple[str, str], names: tuple[str, str]
):
    for folder in folders:
        stock(shelf, f"{folder}/Owl 001.cbz", f"{folder}/Owl 002.cbz")
    shelf.scan()
    assert series_on(shelf) == {name: ["1", "2"] for name in names}


@pytest.mark.parametrize(
    "paths",
    [
        ("Owl/Owl 001 (2012).cbz", "Owl/Owl 050 (2018).cbz"),
        ("Owl 001 (2012).cbz", "Owl 002 (2013).cbz", "Owl 050 (2018).cbz"),
        ("Comics/Owl/Owl 001.cbz", "Incoming/Owl/Owl 002.cbz"),
        ("A-F/Owl/Owl 001.cbz", "Manga/Owl/Owl 002.cbz", "Owl/Owl 003.cbz"),
        ("Owl (2011)/Owl 001.cbz", "Owl 002 (2012).cbz"),
        ("Owl/Owl 001.cbz", "Owl 001.cbz"),
        ("Owl (2011)/Owl (2011) 001.cbz", "Owl (2011)/Owl 002 (2014).cbz"),
        ("Owl/Owl 001.cbz", "Owl/Owl 002.cbz", "OWL/owl 003.cbz", "Ówl/Ówl 004.cbz"),
    ],
)
def test_what_belongs_together_is_one_series_with_its_plain_name(
    shelf: Shelf, paths: tuple[str, ...]
):
    stock(shelf, *paths)
    shelf.scan()
    (name,) = series_on(shelf)
    assert name == "Owl"


def test_files_at_the_top_level_are_runs_if_a_number_begins_again(shelf: Shelf):
    stock(shelf, "Owl 001 (2011).cbz", "Owl 002 (2011).cbz", "Owl 003 (2012).cbz")
    stock(shelf, "Owl 001 (2016).cbz", "Owl 002 (2017).cbz")
    shelf.scan()
    assert series_on(shelf) == {"Owl (2011)": ["1", "2", "3"], "Owl (2016)": ["1", "2"]}


def test_volumes_that_are_years_of_two_runs_make_two_series(shelf: Shelf):
    for number in ("1", "2", "3"):
        stock(shelf, f"Owl/a{number}.cbz", Series="Owl", Number=number, Volume="1987")
        stock(shelf, f"Owl/b{number}.cbz", Series="Owl", Number=number, Volume="2005")
    shelf.scan()
    assert series_on(shelf) == {"Owl (1987)": ["1", "2", "3"], "Owl (2005)": ["1", "2", "3"]}


def test_volumes_that_are_the_years_of_the_issues_are_one_series(shelf: Shelf):
    for number, year in (("1", "2011"), ("2", "2011"), ("3", "2012"), ("4", "2013")):
        stock(shelf, f"Owl/Owl {number}.cbz", Series="Owl", Number=number, Volume=year)
    shelf.scan()
    assert series_on(shelf) == {"Owl": ["1", "2", "3", "4"]}


@pytest.mark.parametrize("volume", ["2011", "1", "-1"])
def test_a_half_tagged_folder_is_one_series_in_the_order_of_its_numbers(shelf: Shelf, volume: str):
    stock(shelf, *(f"Owl/Owl 00{number}.cbz" for number in (5, 6)))
    for number in (1, 2, 3, 4):
        stock(shelf, f"Owl/Owl 00{number}.cbz", Series="Owl", Number=f"{number}", Volume=volume)
    shelf.scan()
    assert series_on(shelf) == {"Owl": ["1", "2", "3", "4", "5", "6"]}


def test_a_folder_with_two_languages_of_the_same_numbers_is_two_series(shelf: Shelf):
    stock(shelf, "Owl/Owl 001.cbz", "Owl/Owl 002.cbz", Series="Owl", LanguageISO="en")
    stock(shelf, "Owl/Owl 001 fr.cbz", "Owl/Owl 002 fr.cbz", Series="Owl", LanguageISO="fr-FR")
    stock(shelf, "Owl/Owl 003.cbz")
    shelf.scan()
    assert series_on(shelf) == {"Owl (en)": ["1", "2", "3"], "Owl (fr)": ["1", "2"]}


@pytest.mark.parametrize("second", ["en-GB", "fr", ""])
def test_languages_without_a_number_in_common_stay_one_series(shelf: Shelf, second: str):
    stock(shelf, "Owl/Owl 001.cbz", Series="Owl", LanguageISO="en")
    stock(shelf, "Owl/Owl 002.cbz", Series="Owl", LanguageISO=second)
    stock(shelf, "Owl/Owl 003.cbz")
    shelf.scan()
    assert series_on(shelf) == {"Owl": ["1", "2", "3"]}


def test_a_series_keeps_its_id_when_a_translation_comes_and_goes(any_shelf: Shelf):
    shelf = any_shelf
    stock(shelf, "Owl/Owl 001.cbz", "Owl/Owl 002.cbz", Series="Owl", LanguageISO="en")
    shelf.scan()
    before = ids_on(shelf)["Owl"]
    stock(shelf, "Owl/Owl 001 fr.cbz", Series="Owl", LanguageISO="fr")
    shelf.scan()
    assert ids_on(shelf)["Owl (en)"] == before
    (shelf.library / "Owl" / "Owl 001 fr.cbz").unlink()
    shelf.scan()
    assert ids_on(shelf) == {"Owl": before}


def test_a_declared_series_with_its_year_is_the_run_of_that_folder(shelf: Shelf):
    stock(shelf, "Owl (2019)/Owl 001.cbz", Series="Owl (2019)", Number="1")
    stock(shelf, "Owl (2019)/Owl 002.cbz", "Owl (2021)/Owl 001.cbz")
    stock(shelf, "Loose/x.cbz", Series="Owl (2021)", Number="2")
    shelf.scan()
    assert series_on(shelf) == {"Owl (2019)": ["1", "2"], "Owl (2021)": ["1", "2"]}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("はは", "ばば"),
        ("カス", "ガス"),
        ("Мой", "Мои"),
        ("Всё", "Все"),
        ("กา", "ก่า"),
        ("Lạc", "Lac"),
        ("Tiến", "Tiên"),
        ("फल", "फ़ल"),
        ("Owl Part ²", "Owl Part 2"),
        ("Owl ™", "Owl TM"),
    ],
)
def test_titles_that_differ_in_a_letter_of_their_script_are_different(
    any_shelf: Shelf, first: str, second: str
):
    for title in (first, second):
        stock(any_shelf, f"{title} - 1.cbz", Series=title, Number="1")
    any_shelf.scan()
    assert series_on(any_shelf) == {first: ["1"], second: ["1"]}


@pytest.mark.parametrize(
    ("first", "second"),
    [("Åre", "Are"), ("Pokó", "POKO"), ("ガス", "ｶﾞｽ"), ("Owl’s", "Owl's"), ("Άλφα", "Αλφα")],
)
def test_titles_that_differ_in_case_accents_or_width_are_the_same(
    any_shelf: Shelf, first: str, second: str
):
    for number, title in (("1", first), ("2", second)):
        stock(any_shelf, f"{number}.cbz", Series=title, Number=number)
    any_shelf.scan()
    assert series_on(any_shelf) == {first: ["1", "2"]}


def test_search_still_ignores_the_marks_that_titles_differ_in(shelf: Shelf):
    stock(shelf, "a.cbz", Series="Мой", Number="1")
    stock(shelf, "b.cbz", Series="Мои", Number="1")
    shelf.scan()
    assert len(list_series(shelf.context, "мои")) == 2


def test_a_lone_comic_in_a_folder_of_its_name_is_no_series(shelf: Shelf):
    stock(shelf, "Seconds/Seconds.cbz", "One-Shots/Minutes.cbz", "Hours/Hours 1.cbz")
    shelf.scan()
    assert series_on(shelf) == {"Hours": ["1"]}
    stock(shelf, "Seconds/Seconds Sketchbook.cbz")
    shelf.scan()
    assert series_on(shelf) == {"Hours": ["1"], "Seconds": ["Seconds", "Seconds Sketchbook"]}
    (shelf.library / "Seconds/Seconds Sketchbook.cbz").unlink()
    shelf.scan()
    assert series_on(shelf) == {"Hours": ["1"]}


def test_a_series_keeps_its_id_when_its_folder_is_renamed(any_shelf: Shelf):
    stock(any_shelf, "Owl/Owl 001.cbz")
    _touch(any_shelf.library / "Owl/Owl 001.cbz", 5)
    stock(any_shelf, "Owl/Owl 002.cbz")
    any_shelf.scan()
    before = ids_on(any_shelf)
    (any_shelf.library / "Owl").rename(any_shelf.library / "Barn Owl (2011)")
    any_shelf.scan()
    assert ids_on(any_shelf) == {"Barn Owl": before["Owl"]}


def test_a_series_keeps_its_id_when_a_second_run_comes_and_goes(any_shelf: Shelf):
    stock(any_shelf, "Owl (2019)/Owl 001.cbz", "Owl (2019)/Owl 002.cbz")
    any_shelf.scan()
    before = ids_on(any_shelf)["Owl"]
    stock(any_shelf, "Owl (2021)/Owl 001.cbz", "Owl (2021)/Owl 002.cbz", "Owl (2021)/Owl 003.cbz")
    any_shelf.scan()
    assert ids_on(any_shelf)["Owl (2019)"] == before
    second = ids_on(any_shelf)["Owl (2021)"]
    for path in (any_shelf.library / "Owl (2019)").iterdir():
        path.rename(any_shelf.root / path.name)
    any_shelf.scan()
    assert ids_on(any_shelf) == {"Owl": second}
    for name in ("Owl 001.cbz", "Owl 002.cbz"):
        (any_shelf.root / name).rename(any_shelf.library / "Owl (2019)" / name)
    any_shelf.scan()
    assert ids_on(any_shelf) == {"Owl (2019)": before, "Owl (2021)": second}


def test_what_an_older_version_took_for_one_series_comes_apart_at_the_first_scan(
    any_shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    stock(any_shelf, "Owl (2019)/Owl 001.cbz", "Owl (2019)/Owl 002.cbz", "Owl (2021)/Owl 001.cbz")
    stock(any_shelf, "a.cbz", Series="はは", Number="1")
    stock(any_shelf, "b.cbz", Series="ばば", Number="1")
    any_shelf.scan()
    _merge_as_before(any_shelf, {"Owl (2019)": "Owl", "Owl (2021)": "Owl"})
    _merge_as_before(any_shelf, {"はは": "はは", "ばば": "はは"})
    before, comics = ids_on(any_shelf), {comic.id for comic in any_shelf.comics()}
    assert set(before) == {"Owl", "はは"}
    monkeypatch.setattr(scanner, "READER_VERSION", scanner.READER_VERSION + 1)
    any_shelf.scan()
    after = ids_on(any_shelf)
    assert set(after) == {"Owl (2019)", "Owl (2021)", "はは", "ばば"}
    assert after["Owl (2019)"] == before["Owl"]
    assert before["はは"] in {after["はは"], after["ばば"]}
    assert {comic.id for comic in any_shelf.comics()} == comics
    any_shelf.scan()
    assert ids_on(any_shelf) == after


def _merge_as_before(shelf: Shelf, names: dict[str, str]) -> None:
    """Make one series of several, with the rows that an older version would have written."""
    with shelf.context.db.write() as session:
        rows = [session.exec(select(Series).where(Series.title == name)).one() for name in names]
        kept, *others = rows
        kept.title = next(iter(names.values()))
        kept.title_key, kept.run = search_key(kept.title), ""
        for comic in session.exec(
            select(Comic).where(col(Comic.series_id).in_([r.id for r in rows]))
        ):
            comic.series_id, comic.series_key = kept.id, ""
        session.flush()
        for row in others:
            session.delete(row)


def test_a_series_keeps_its_id_while_its_comics_are_tagged(any_shelf: Shelf):
    names = [f"Owl (2011)/Owl 00{number}.cbz" for number in (1, 2, 3)]
    stock(any_shelf, *names)
    any_shelf.scan()
    before = ids_on(any_shelf)["Owl"]
    for number, name in enumerate(names, 1):
        stock(any_shelf, name, Series="Owl (2011)", Number=f"{number}", Volume="2011")
        any_shelf.scan()
        assert list(ids_on(any_shelf).values()) == [before]
    assert list(series_on(any_shelf).values()) == [["1", "2", "3"]]


def _touch(path: Path, seconds: int) -> None:
    """Move the file's time, so that it is not taken for another file of the same size."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + seconds * 1_000_000_000))


def _write_unarranged(shelf: Shelf, numbers: Sequence[int]) -> None:
    """Add the rows of these comics of one title, without arranging them."""
    facts = ImageFacts("image/jpeg", 100, 150, 1000, 1, "ab" * 32)
    with shelf.context.db.write() as session:
        for number in numbers:
            named = ComicMetadata(f"Owl #{number}", series="Owl", number=str(number))
            pages = (Page(0, "1.jpg", facts),)
            comic = ScannedComic(f"{number}.cbz", "zip", f"f{number}", named, pages)
            library_changes.save_comic(session, comic, shelf.clock())


def test_others_can_write_while_a_title_of_many_comics_is_arranged(
    any_shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(series_arrangement, "_WRITTEN_TOGETHER", 5)
    _write_unarranged(any_shelf, range(12, 0, -1))
    commits: list[object] = []

    def note(connection: object) -> None:
        commits.append(connection)

    event.listen(any_shelf.context.db.engine, "commit", note)
    arrange_series(any_shelf.context)
    event.remove(any_shelf.context.db.engine, "commit", note)
    # After the comics were looked up, after each five of them, and at the end.
    assert len(commits) == 4
    assert series_on(any_shelf) == {"Owl": [str(number) for number in range(1, 13)]}


def test_a_title_whose_arrangement_was_stopped_is_arranged_by_the_next_scan(
    any_shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(series_arrangement, "_WRITTEN_TOGETHER", 5)
    _write_unarranged(any_shelf, range(12, 0, -1))
    let_others_write, commits = series_arrangement._let_others_write, []

    def die(session: Session, comic_count: int) -> None:
        let_others_write(session, comic_count)
        commits.append(comic_count)
        if len(commits) == 2:
            raise SystemExit

    monkeypatch.setattr(series_arrangement, "_let_others_write", die)
    with pytest.raises(SystemExit):
        arrange_series(any_shelf.context)
    half = list_series(any_shelf.context)
    assert [one.comic_count for one in half] == [5]
    arrange_series(any_shelf.context)
    assert series_on(any_shelf) == {"Owl": [str(number) for number in range(1, 13)]}
    assert ids_on(any_shelf) == {"Owl": half[0].id}
