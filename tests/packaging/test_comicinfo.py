"""ComicInfo.xml, checked against the rules of its schemas 2.0 and 2.1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comic_downloads.domain.library import (
    ComicMetadata,
    Creator,
    CreatorRole,
    ImageFacts,
    PageMarks,
    ReadingDirection,
    SourceDetails,
)
from comic_downloads.domain.options import ComicInfoSchema
from comic_downloads.packaging.comicinfo.document import comic_info
from comic_downloads.packaging.comicinfo.elements import schemas_differ
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage
from tests.packaging.comic_info_schema import check_schema


def pages(*sizes: tuple[int, int]) -> tuple[OutputPage, ...]:
    def unopened() -> None:
        raise AssertionError("metadata must not open pages")

    return tuple(
        OutputPage("x.jpg", ImageFacts("image/jpeg", w, h, 1000 + w, 0, ""), unopened)  # pyright: ignore[reportArgumentType]
        for w, h in sizes
    )


FULL = ComicMetadata(
    title="The <Long> Way & Back",
    series="Réunion",
    number="½",
    volume=2,
    year=1994,
    month=3,
    day=14,
    summary="Line one\nline two",
    publisher="Press",
    genre="Drama",
    web="https://example.org/1",
    language="fr",
    age_rating="teen",
    creators=(
        Creator("Ann", CreatorRole.WRITER),
        Creator("Bo", CreatorRole.WRITER),
        Creator("Cy", CreatorRole.INKER),
        Creator("Di", CreatorRole.TRANSLATOR),
    ),
    reading_direction=ReadingDirection.RIGHT_TO_LEFT,
)


def test_everything_known_is_in_the_document():
    root = check_schema(
        comic_info(Document("B", (OutputComic(FULL, pages((700, 1000), (1400, 1000))),)))
    )
    values = {element.tag: element.text for element in root if element.tag != "Pages"}
    assert values == {
        "Title": "The <Long> Way & Back",
        "Series": "Réunion",
        "Number": "½",
        "Volume": "2",
        "Summary": "Line one\nline two",
        "Notes": "Translated by Di.",
        "Year": "1994",
        "Month": "3",
        "Day": "14",
        "Writer": "Ann, Bo",
        "Inker": "Cy",
        "Publisher": "Press",
        "Genre": "Drama",
        "Web": "https://example.org/1",
        "PageCount": "2",
        "LanguageISO": "fr",
        "Manga": "YesAndRightToLeft",
        "AgeRating": "Teen",
    }
    assert [page.attrib for page in root.iterfind("Pages/Page")] == [
        {
            "Image": "0",
            "Type": "FrontCover",
            "ImageSize": "1700",
            "ImageWidth": "700",
            "ImageHeight": "1000",
        },
        {
            "Image": "1",
            "DoublePage": "true",
            "ImageSize": "2400",
            "ImageWidth": "1400",
            "ImageHeight": "1000",
        },
    ]


def test_unknown_things_are_left_out():
    root = check_schema(
        comic_info(Document("B", (OutputComic(ComicMetadata("T"), pages((7, 10))),)))
    )
    assert [element.tag for element in root] == ["Title", "PageCount", "Pages"]


def test_several_comics_share_what_they_agree_on():
    one = ComicMetadata(
        "One",
        series="S",
        number="1",
        year=1990,
        genre="Drama, Crime",
        language="en",
        creators=(Creator("Ann", CreatorRole.WRITER),),
        details=SourceDetails(count=6, characters="Io", teams="Night Shift", notes="Scanned."),
    )
    two = ComicMetadata(
        "Two",
        series="S",
        number="2",
        year=1991,
        genre="Crime,Comedy",
        language="en",
        creators=(Creator("Bo", CreatorRole.WRITER),),
        details=SourceDetails(count=6, characters="Max, Io", imprint="Small", notes="Drawn."),
    )
    book = Document(
        "S 1-2", (OutputComic(one, pages((7, 10), (7, 10))), OutputComic(two, pages((7, 10))))
    )
    root = check_schema(comic_info(book))
    values = {element.tag: element.text for element in root if element.tag != "Pages"}
    assert values == {
        "Title": "S 1-2",
        "Series": "S",
        "Count": "6",
        "Writer": "Ann, Bo",
        "Genre": "Drama, Crime, Comedy",
        "PageCount": "3",
        "LanguageISO": "en",
        "Characters": "Io, Max",
        "Teams": "Night Shift",
    }
    assert [page.get("Bookmark") for page in root.iterfind("Pages/Page")] == ["One", None, "Two"]
    assert [page.get("Image") for page in root.iterfind("Pages/Page")] == ["0", "1", "2"]


def test_lists_of_several_comics_are_cut_between_two_names():
    crowds = [
        ComicMetadata(
            f"{n}",
            details=SourceDetails(characters=", ".join(f"Clerk {n}{m:03}" for m in range(800))),
        )
        for n in range(2)
    ]
    book = Document("B", tuple(OutputComic(crowd, pages((7, 10))) for crowd in crowds))
    names = check_schema(comic_info(book)).findtext("Characters", "").split(", ")
    assert names == [f"Clerk 0{m:03}" for m in range(800)] + [
        f"Clerk 1{m:03}" for m in range(len(names) - 800)
    ]


DETAILS = SourceDetails(
    count=12,
    alternate_series="The Day Train",
    alternate_number="4a",
    alternate_count=5,
    notes="Tagged by hand.",
    imprint="Night Press",
    tags="train, night",
    format="Annual",
    black_and_white=False,
    characters="Io, Max",
    teams="Night Shift",
    locations="Depot, Harbour",
    scan_information="300 dpi",
    story_arc="The Line",
    story_arc_number="2",
    series_group="Trains",
    community_rating=4.25,
    main_character_or_team="The Conductor",
    review="Slow, and right so.",
    gtin="9783161484100",
)
IN_BOTH_SCHEMAS = {
    "Count": "12",
    "AlternateSeries": "The Day Train",
    "AlternateNumber": "4a",
    "AlternateCount": "5",
    "Imprint": "Night Press",
    "Format": "Annual",
    "BlackAndWhite": "No",
    "Characters": "Io, Max",
    "Teams": "Night Shift",
    "Locations": "Depot, Harbour",
    "ScanInformation": "300 dpi",
    "StoryArc": "The Line",
    "SeriesGroup": "Trains",
    "MainCharacterOrTeam": "The Conductor",
    "Review": "Slow, and right so.",
}


@pytest.mark.parametrize(
    ("schema", "others"),
    [
        (
            ComicInfoSchema.V2_0,
            {"Notes": "Tagged by hand.\nTranslated by Di.", "CommunityRating": "4.25"},
        ),
        (
            ComicInfoSchema.V2_1,
            {
                "Notes": "Tagged by hand.",
                "Translator": "Di",
                "Tags": "train, night",
                "StoryArcNumber": "2",
                "CommunityRating": "4.2",
                "GTIN": "9783161484100",
            },
        ),
    ],
)
def test_each_schema_has_every_detail_of_the_source_that_it_knows(
    schema: ComicInfoSchema, others: dict[str, str]
):
    described, plain = (
        check_schema(
            comic_info(Document("B", (OutputComic(metadata, pages((7, 10))),), comic_info=schema)),
            schema,
        )
        for metadata in (replace(FULL, details=DETAILS), replace(FULL, creators=()))
    )
    added = {
        element.tag: element.text
        for element in described
        if plain.find(element.tag) is None and element.tag not in {"Writer", "Inker"}
    }
    assert added == IN_BOTH_SCHEMAS | others


@pytest.mark.parametrize(
    ("direction", "manga", "said"),
    [
        (ReadingDirection.RIGHT_TO_LEFT, None, "YesAndRightToLeft"),
        (ReadingDirection.RIGHT_TO_LEFT, False, "YesAndRightToLeft"),
        (ReadingDirection.LEFT_TO_RIGHT, True, "Yes"),
        (ReadingDirection.VERTICAL, True, "Yes"),
        (ReadingDirection.LEFT_TO_RIGHT, False, "No"),
        (ReadingDirection.LEFT_TO_RIGHT, None, None),
    ],
)
def test_manga_says_what_the_source_said_and_how_pages_turn(
    direction: ReadingDirection, manga: bool | None, said: str | None
):
    metadata = ComicMetadata("T", reading_direction=direction, details=SourceDetails(manga=manga))
    root = check_schema(comic_info(Document("B", (OutputComic(metadata, pages((7, 10))),))))
    assert root.findtext("Manga") == said


def marked(size: tuple[int, int], **marks: Any) -> OutputPage:
    return replace(pages(size)[0], marks=PageMarks(**marks))


def attributes(*comics: Sequence[OutputPage]) -> list[dict[str, str]]:
    """Return the attributes of every page that depend on more than its image."""
    book = Document(
        "B", tuple(OutputComic(ComicMetadata(f"Comic {n}"), one) for n, one in enumerate(comics))
    )
    measures = {"Image", "ImageSize", "ImageWidth", "ImageHeight"}
    return [
        {name: value for name, value in page.attrib.items() if name not in measures}
        for page in check_schema(comic_info(book)).iterfind("Pages/Page")
    ]


def test_pages_keep_their_type_bookmark_and_key():
    assert attributes(
        [
            marked((7, 10), type="InnerCover"),
            marked((7, 10), type="FrontCover", key="a1"),
            marked((7, 10), bookmark="The Depot"),
            marked((7, 10), type="Letters Advertisement"),
        ]
    ) == [
        {"Type": "InnerCover"},
        {"Type": "FrontCover", "Key": "a1"},
        {"Bookmark": "The Depot"},
        {"Type": "Letters Advertisement"},
    ]


def test_the_first_page_is_the_cover_where_no_page_says_so():
    assert attributes([marked((7, 10)), marked((7, 10))]) == [{"Type": "FrontCover"}, {}]
    assert attributes([marked((7, 10), type="Editorial"), marked((7, 10))]) == [
        {"Type": "Editorial"},
        {},
    ]


def test_bookmarks_of_several_comics_stand_behind_their_titles():
    first = [marked((7, 10), bookmark="Dawn"), marked((7, 10)), marked((7, 10), bookmark="Dusk")]
    second = [marked((7, 10), bookmark="Comic 1"), marked((7, 10))]
    assert [page.get("Bookmark") for page in attributes(first, second)] == [
        "Comic 0: Dawn",
        None,
        "Dusk",
        "Comic 1",
        None,
    ]


PORTRAIT, LANDSCAPE, SPREAD, SQUARE = (600, 900), (1200, 900), (1180, 900), (601, 600)


@pytest.mark.parametrize(
    ("sizes", "doubles"),
    [
        ([LANDSCAPE] * 10, []),
        ([(1010, 1000)] * 10, []),
        ([PORTRAIT, *[LANDSCAPE] * 9], []),
        ([PORTRAIT, SQUARE, PORTRAIT], []),
        ([PORTRAIT, SPREAD, PORTRAIT, (1200, 900)], [1, 3]),
        ([PORTRAIT, SPREAD], [1]),
        ([(100, 900), (100, 900), (1200, 900)], []),
    ],
    ids=[
        "landscape comic",
        "square comic",
        "portrait cover",
        "square page",
        "spreads",
        "one of two",
        "strips",
    ],
)
def test_double_pages_are_much_wider_than_the_ordinary_page(
    sizes: list[tuple[int, int]], doubles: list[int]
):
    found = attributes(pages(*sizes))
    assert [n for n, page in enumerate(found) if page.get("DoublePage") == "true"] == doubles


def test_what_the_source_says_about_double_pages_is_kept():
    found = attributes(
        [marked(PORTRAIT), marked(SPREAD, double_page=False), marked(PORTRAIT, double_page=True)]
    )
    assert [page.get("DoublePage") for page in found] == [None, "false", "true"]


@pytest.mark.parametrize(
    ("metadata", "differ"),
    [
        # FULL has a translator.
        ([FULL], True),
        ([ComicMetadata("T", details=SourceDetails(tags="x"))], True),
        ([ComicMetadata("T", details=SourceDetails(community_rating=0.25))], True),
        ([ComicMetadata("T", details=SourceDetails(community_rating=2.5, notes="n"))], False),
        ([ComicMetadata("T", year=1990)], False),
        (
            [
                ComicMetadata("T", details=SourceDetails(gtin="9")),
                ComicMetadata("U", details=SourceDetails(gtin="8")),
            ],
            False,
        ),
    ],
)
def test_schemas_differ_where_their_documents_do(metadata: list[ComicMetadata], differ: bool):
    assert schemas_differ(metadata) is differ
    comics = tuple(OutputComic(one, pages((7, 10))) for one in metadata)
    documents = {comic_info(Document("B", comics, comic_info=schema)) for schema in ComicInfoSchema}
    assert len(documents) == 1 + differ


anything = st.text(max_size=30)
numbers = st.none() | st.integers(-(10**12), 10**12)


@given(
    st.builds(
        ComicMetadata,
        title=anything,
        series=anything,
        number=anything,
        volume=numbers,
        year=numbers,
        summary=anything,
        age_rating=anything,
        language=anything,
        creators=st.tuples(st.builds(Creator, anything, st.sampled_from(CreatorRole))),
        reading_direction=st.sampled_from(ReadingDirection),
        details=st.builds(
            SourceDetails,
            count=numbers,
            alternate_series=anything,
            notes=anything,
            tags=anything,
            black_and_white=st.none() | st.booleans(),
            manga=st.none() | st.booleans(),
            characters=anything,
            community_rating=st.none() | st.floats(),
            gtin=anything,
        ),
    ),
    st.sampled_from(ComicInfoSchema),
)
def test_any_metadata_gives_a_valid_document(metadata: ComicMetadata, schema: ComicInfoSchema):
    book = Document("B", (OutputComic(metadata, pages((7, 10))),), comic_info=schema)
    check_schema(comic_info(book), schema)
