"""What the names of files and folders say about a comic: series, number, volume, year, title."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comic_downloads.library.metadata import describe

Place = tuple[str, str, float | None, int | None]


def place(path: str) -> Place:
    """Return series, number, volume and year of the comic at the path."""
    comic = describe(path, None)
    return comic.series, comic.number, comic.volume, comic.year


@pytest.mark.parametrize(
    ("name", "number", "volume"),
    [
        ("Tin Harbour v02", "", 2),
        ("Tin Harbour v02 (2014) (digital) (Nobody)", "", 2),
        ("Tin Harbour Vol. 2", "", 2),
        ("Tin Harbour, Vol. 2", "", 2),
        ("Tin Harbour vol_2", "", 2),
        ("Tin Harbour Volume 02", "", 2),
        ("Tin Harbour Volume II", "", 2),
        ("Tin Harbour Book Two", "", 2),
        ("Tin Harbour - Tome 2", "", 2),
        ("Tin Harbour - T02", "", 2),
        ("Tin Harbour t.02", "", 2),
        ("Tin Harbour Bd. 2", "", 2),
        ("Tin Harbour Band 2", "", 2),
        ("Tin Harbour Tomo 2", "", 2),
        ("Tin Harbour Volumen 2", "", 2),
        ("Tin Harbour Deel 2", "", 2),
        ("Tin Harbour Том 2", "", 2),
        ("Tin Harbour 2 том", "", 2),
        ("Tin Harbour 第2巻", "", 2),
        ("Tin Harbour 第二卷", "", 2),
        ("Tin Harbour 2冊", "", 2),
        ("Tin Harbour 2권", "", 2),
        ("Tin Harbour เล่ม 2", "", 2),
        ("Tin Harbour v01.5", "", 1.5),
        ("Tin Harbour v02v3", "", 2),
        ("Tin Harbour [v2]", "", None),
        ("Tin Harbour #7", "7", None),
        ("Tin Harbour #007", "7", None),
        ("Tin Harbour 007", "7", None),
        ("Tin Harbour 7", "7", None),
        ("Tin Harbour - 07", "7", None),
        ("Tin Harbour_007_(2012)_(c2c)", "7", None),
        ("Tin.Harbour.007.2012", "7", None),
        ("Tin-Harbour-007", "7", None),
        ("tin harbour c007", "7", None),
        ("Tin Harbour Ch. 7", "7", None),
        ("Tin Harbour chapitre 7", "7", None),
        ("Tin Harbour Kapitel 7", "7", None),
        ("Tin Harbour Capítulo 7", "7", None),
        ("Tin Harbour Глава 7", "7", None),
        ("Tin Harbour 7 глава", "7", None),
        ("Tin Harbour 第7話", "7", None),
        ("Tin Harbour 第7话", "7", None),
        ("Tin Harbour 7화", "7", None),
        ("Tin Harbour ตอนที่ 7", "7", None),
        ("Tin Harbour Issue 7", "7", None),
        ("Tin Harbour No. 7", "7", None),
        ("Tin Harbour Nr. 7", "7", None),
        ("Tin Harbour n°7", "7", None),
        ("Tin Harbour Episode 7", "7", None),
        ("Tin Harbour Part 7", "7", None),
        ("Tin Harbour 7 of 9", "7", None),
        ("Tin Harbour 07 (of 9) (2012)", "7", None),
        ("Tin Harbour (7 of 9)", "7", None),
        ("Tin Harbour 7 de 9", "7", None),
        ("Tin Harbour 7of9", "7", None),
        ("Tin Harbour (7)", "7", None),
        ("Tin Harbour Issue Seven", "7", None),
        ("Tin Harbour 007x1", "7", None),
        ("Tin Harbour 7 (2nd printing)", "7", None),
        ("Tin Harbour Vol.TBD Chapter 7", "7", None),
        ("Tin Harbour (v2) 007", "7", 2),
        ("Tin Harbour 2 том 7 глава", "7", 2),
        ("Tin Harbour 2부 7화", "7", 2),
        ("Tin Harbour 007a", "7a", None),
        ("Tin Harbour 007v2 [0A1B2C3D]", "7", None),
        ("Tin Harbour #7.MU", "7.MU", None),
        ("Tin Harbour #7AU", "7AU", None),
        ("Tin Harbour #-1", "-1", None),
        ("Tin Harbour #½", "0.5", None),
        ("Tin Harbour #7½", "7.5", None),
        ("Tin Harbour 7,5", "7.5", None),
        ("Tin Harbour 007.25", "7.25", None),
        ("Tin Harbour 007)", "7", None),
        ("Tin Harbour 007 (Digital (Zone))", "7", None),
        ("Tin Harbour 007 (Digital", "7", None),
        ("Tin Harbour 007 【digital】", "7", None),
        ("Tin Harbour ００７", "7", None),
        ("Tin Harbour 007, 40 pages", "7", None),
        ("Tin Harbour 007 c2c", "7", None),
        ("Tin Harbour 1024", "1024", None),
        ("Tin Harbour v02 c007", "7", 2),
        ("Tin Harbour v02c07", "7", 2),
        ("Tin Harbour S02E07", "7", 2),
        ("Tin Harbour c007 (v02) [Group]", "7", 2),
        ("Tin Harbour Vol. 2 Ch. 7.5", "7.5", 2),
        ("Tin Harbour v2 007", "7", 2),
        ("Tin Harbour v2 #7", "7", 2),
        ("Tin Harbour - v2 - 7 - (2019)", "7", 2),
        ("Tin Harbour Том 2 Глава 7", "7", 2),
        ("Tin Harbour 卷2第7话", "7", 2),
        ("[Group] Tin Harbour [Volume 2] [English]", "", 2),
    ],
)
@pytest.mark.parametrize("folder", ["", "Tin Harbour/", "Comics/Tin Harbour (2012)/Specials/"])
def test_place_is_read_at_the_top_and_in_a_folder_of_the_series(
    folder: str, name: str, number: str, volume: float | None
):
    comic = describe(f"{folder}{name}.cbz", None)
    series = comic.series or comic.title
    assert series.casefold().replace("-", " ") == "tin harbour"
    assert (comic.number, comic.volume) == (number, volume)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Cobalt 60/Cobalt 60 v01 (2018).cbz", ("Cobalt 60", "", 1, 2018)),
        ("Cobalt 60 v02.cbz", ("Cobalt 60", "", 2, None)),
        ("Sector No. 8/Sector No. 8 v01.cbz", ("Sector No. 8", "", 1, None)),
        ("Sector No. 8 036 (2021).cbz", ("Sector No. 8", "36", None, 2021)),
        ("Sector No. 8 - B-Team 002.cbz", ("Sector No. 8 - B-Team", "2", None, None)),
        ("Perfume #9/Perfume #9 v3 4.cbz", ("Perfume #9", "4", 3, None)),
        ("Perfume #9 5 (Why).cbz", ("Perfume #9", "5", None, None)),
        ("Ch. 4 Gang/Ch. 4 Gang v01.cbz", ("Ch. 4 Gang", "", 1, None)),
        ("Mutiny 2099 001 (1994).cbz", ("Mutiny 2099", "1", None, 1994)),
        ("Star War V 003.cbz", ("Star War V", "3", None, None)),
        ("19th Street 12.cbz", ("19th Street", "12", None, None)),
        ("RX-5 Returns 04.cbz", ("RX-5 Returns", "4", None, None)),
        ("A.C.R.O.S. 03 (2011).cbz", ("A.C.R.O.S.", "3", None, 2011)),
        ("Café/cafe 12.cbz", ("Café", "12", None, None)),
        ("The Owl/Owl 12.cbz", ("The Owl", "12", None, None)),
        ("Owl/The Owl 12.cbz", ("Owl", "12", None, None)),
        ("Owl/012 Owl.cbz", ("Owl", "12", None, None)),
        ("Owl/Ann Author - Owl, Chapter 12.cbz", ("Owl", "12", None, None)),
        ("013 - The Owl 12.cbz", ("The Owl", "12", None, None)),
        ("#12 Owl (2005).cbz", ("Owl", "12", None, 2005)),
        ("2 of 4 - Owl.cbz", ("Owl", "2", None, None)),
    ],
)
def test_numbers_of_the_series_title_are_not_its_place(path: str, expected: Place):
    assert place(path) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Owl/Owl 003 (2011).cbz", ("Owl", "3", None, 2011)),
        ("Owl/Owl 003 {2011}.cbz", ("Owl", "3", None, 2011)),
        ("Owl/Owl 003 (2011-2013 ).cbz", ("Owl", "3", None, 2011)),
        ("Owl/Owl 003 (12-1940).cbz", ("Owl", "3", None, 1940)),
        ("Owl/Owl 003 (1941, Dec).cbz", ("Owl", "3", None, 1941)),
        ("Owl/Owl 003 (September 2007).cbz", ("Owl", "3", None, 2007)),
        ("Owl/Owl 003 [1986-11-30].cbz", ("Owl", "3", None, 1986)),
        ("Owl/Owl 003 1986-11-30.cbz", ("Owl", "3", None, 1986)),
        ("Owl/Owl, 1986-11-30 (#3).cbz", ("Owl", "3", None, 1986)),
        ("Owl/Owl 003 2011.cbz", ("Owl", "3", None, 2011)),
        ("Owl/Owl 003 (2048px).cbz", ("Owl", "3", None, None)),
        ("Owl (1957) #92 (1969).cbz", ("Owl", "92", 1957, 1969)),
        ("Weekly Owl/Weekly Owl 1999 [1991-10-17].cbz", ("Weekly Owl", "1999", None, 1991)),
        ("Weekly Owl 1999 (17-10-91).cbz", ("Weekly Owl", "1999", None, None)),
        ("Owl/Owl 1950 (1975).cbz", ("Owl", "1950", None, 1975)),
    ],
)
def test_years_are_told_from_numbers(path: str, expected: Place):
    assert place(path) == expected


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("Owl/Owl 003 - The Nest.cbz", "The Nest"),
        ("Owl/Owl 003 The Nest (2011).cbz", "The Nest"),
        ("Owl 003 (2011) The Nest.cbz", "The Nest"),
        ("Owl v003 - The Nest (2011).cbz", "The Nest"),
        ("Owl/03 - The Nest.cbz", "The Nest"),
        ("Owl/Owl - T03 Vol 21 to Riga.cbz", "Vol 21 to Riga"),
        ("Owl/Owl v04 - Nests Part 2.cbz", "Nests Part 2"),
        ("Owl/Owl v04 - Episode 9.cbz", "Episode 9"),
        ("Owl/Owl Vol. 4 - Winter 8.cbz", "Winter 8"),
        ("Owl/Owl v04 - No. 5 Tree.cbz", "No. 5 Tree"),
        ("Owl/Owl #3 13 Doors.cbz", "13 Doors"),
        ("Owl/Owl 003 c2c digital.cbz", "Owl #3"),
        ("Owl/Owl Annual 001 (2012).cbz", "Annual #1"),
        ("Owl/Owl - Winter Special 001.cbz", "Winter Special #1"),
        ("Owl/Giant-Size Owl 001.cbz", "Giant-Size Owl #1"),
        ("Owl/Owl and Robin 001.cbz", "Owl and Robin #1"),
        ("Owl/Owl Library Edition v01.cbz", "Library Edition Volume 1"),
        ("Owl/Owl HS 2.cbz", "Owl HS 2"),
        ("Owl/Owl guide book.cbz", "Owl guide book"),
        ("Owl/Owl c001-010.cbz", "1-10"),
        ("Owl/Owl #1-6 - Nests.cbz", "1-6 - Nests"),
        ("Owl/Owl v04-v06.cbz", "4-6"),
        ("Owl/Owl 4 to 6.cbz", "4-6"),
        ("Owl/Owl 全6巻.cbz", "1-6"),
        ("Owl/Owl 2012-05-03.cbz", "Owl 2012-05-03"),
        ("Owl/Owl 05-2012.cbz", "Owl 05-2012"),
        ("Owl/Owl #31 & 32.cbz", "31-32"),
        ("Owl 310-004.cbz", "Owl #310"),
        ("Chapter 41 - The Letter.cbz", "Chapter 41 - The Letter"),
        ("Owl - The Nest.cbz", "Owl - The Nest"),
    ],
)
def test_title_is_what_follows_the_marks(path: str, title: str):
    assert describe(path, None).title == title


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Owl/Specials/Owl Annual 001.cbz", ("Owl", "1", None, None)),
        ("Owl/One-Shots/Nest.cbz", ("Owl", "", None, None)),
        ("Owl/TPB/Owl v01.cbz", ("Owl", "", 1, None)),
        ("Owl/English/Owl 003.cbz", ("Owl", "3", None, None)),
        ("Owl/2011/Owl 003.cbz", ("Owl", "3", None, None)),
        ("Owl/Season 2/003.cbz", ("Owl", "3", 2, None)),
        ("Owl/Vol. 2/003.cbz", ("Owl", "3", 2, None)),
        ("Owl/Volume 2 - Dawn/003.cbz", ("Owl", "3", 2, None)),
        ("Owl/T02/003.cbz", ("Owl", "3", 2, None)),
        ("Owl/Arc 2 - Dawn/003.cbz", ("Owl", "3", None, None)),
        ("Owl/Vol.2/Chapter 3/1.cbz", ("Owl", "3", 2, None)),
        ("Owl/Vol.2 Chapter 3/1.cbz", ("Owl", "3", 2, None)),
        ("Owl/Vol.2/Owl v03.cbz", ("Owl", "", 3, None)),
        ("N-P/Owl/Owl 003.cbz", ("Owl", "3", None, None)),
        ("N-P/Owl 003.cbz", ("Owl", "3", None, None)),
        ("One-Shots/Nest.cbz", ("", "", None, None)),
        ("1963/1963 003.cbz", ("1963", "3", None, None)),
        ("X/X 003.cbz", ("X", "3", None, None)),
        ("X/003.cbz", ("X", "3", None, None)),
        ("Raw/Raw v03.cbz", ("Raw", "", 3, None)),
        ("Comics/Comics Worth Reading 03.cbz", ("Comics Worth Reading", "3", None, None)),
        ("Owl/Extra/Extra 03.cbz", ("Owl", "3", None, None)),
        ("Owl #1-4 (2005)/Owl 003.cbz", ("Owl", "3", None, None)),
        ("Owl v1/Owl 003.cbz", ("Owl v1", "3", None, None)),
    ],
)
def test_folders_that_sort_are_not_series(path: str, expected: Place):
    assert place(path) == expected


def test_decomposed_and_composed_letters_are_one_series():
    composed, decomposed = place("Épée 1.cbz"), place("E\u0301pe\u0301e 2.cbz")
    assert composed[0] == decomposed[0] == "Épée"


_UNITS = ["1 ", "v1 ", "c1-", "(", "[v1] ", "1-", "#", "第", "1½", "a.", " - ", "12 px ", "2011-"]


@pytest.mark.parametrize("unit", _UNITS)
def test_names_of_any_length_are_read(unit: str):
    long = unit * (30_000 // len(unit))
    comic = describe(f"Owl/Owl 3 {long}.cbz", None)
    assert comic.series == "Owl"


_WORDS = st.text(st.sampled_from("abcdefghijklmnopqrstuwyzéßжひ"), min_size=3, max_size=9)
_SERIES = st.lists(_WORDS, min_size=1, max_size=4).map(lambda words: " ".join(words).title())


@given(series=_SERIES, number=st.integers(0, 1800), volume=st.integers(1, 99))
def test_whatever_the_folder_is_called_the_place_behind_it_is_found(
    series: str, number: int, volume: int
):
    path = f"Shelf/{series} Saga/{series} Saga v{volume:02} #{number:03}.cbz"
    assert place(path) == (f"{series} Saga", str(number), volume, None)


@given(series=_SERIES, digits=st.integers(2, 99), number=st.integers(1, 999))
def test_a_number_in_the_folders_title_is_part_of_the_series(series: str, digits: int, number: int):
    title = f"{series} Saga {digits}"
    assert place(f"{title}/{title} {number:03}.cbz") == (title, str(number), None, None)


_MARKS = [
    "v",
    "Vol. ",
    "#",
    "(",
    ")",
    "[",
    "第",
    "巻",
    " - ",
    ".",
    "½",
    "of",
    "-",
    "2011",
    "SP",
    "c",
]


@given(st.lists(st.one_of(st.sampled_from(_MARKS), st.text(max_size=4)), max_size=30))
def test_any_name_is_read_twice_alike_and_in_its_folder(parts: list[str]):
    name = "".join(parts).replace("/", " ")
    assert describe(name, None) == describe(name, None)
    assert describe(f"Owl Tales/{name}.cbz", None).series == "Owl Tales"
