"""ComicInfo.xml, checked against the rules of its schemas 2.0 and 2.1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comic_downloads.domain.library import (
    ComicMetadata,
    Creator,
    CreatorRole,
    ImageFacts,
    ReadingDirection,
    SourceDetails,
)
from comic_downloads.domain.options import ComicInfoSchema
from comic_downloads.packaging.comicinfo import AGE_RATINGS, comic_info, schemas_differ
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage

# The schema is one sequence: these elements, each at most once, in this order.
ORDER_2_0 = (  # noqa: SIM905 - a list is unreadable
    "Title Series Number Count Volume AlternateSeries AlternateNumber AlternateCount Summary Notes "
    "Year Month Day Writer Penciller Inker Colorist Letterer CoverArtist Editor Publisher Imprint "
    "Genre Web PageCount LanguageISO Format BlackAndWhite Manga Characters Teams Locations "
    "ScanInformation StoryArc SeriesGroup AgeRating Pages CommunityRating MainCharacterOrTeam "
    "Review"
).split()
# The elements that 2.1 adds, each with the element before which it stands.
BEFORE_2_1 = {
    "Translator": "Publisher",
    "Tags": "Web",
    "StoryArcNumber": "SeriesGroup",
}
INTEGERS = {"Count", "Volume", "AlternateCount", "Year", "Month", "Day", "PageCount"}
PAGE_ATTRIBUTES = {
    "Image",
    "Type",
    "DoublePage",
    "ImageSize",
    "Key",
    "Bookmark",
    "ImageWidth",
    "ImageHeight",
}


def order_of(schema: ComicInfoSchema) -> Sequence[str]:
    order = [*ORDER_2_0]
    if schema is ComicInfoSchema.V2_1:
        for added, following in BEFORE_2_1.items():
            order.insert(order.index(following), added)
        order.append("GTIN")
    return order


def check_schema(
    document: bytes, schema: ComicInfoSchema = ComicInfoSchema.V2_0
) -> ElementTree.Element:
    """The document's root, after everything the schema demands was asserted."""
    root = ElementTree.fromstring(document)
    assert root.tag == "ComicInfo"
    tags = [element.tag for element in root]
    assert tags == [tag for tag in order_of(schema) if tag in tags]
    rating = Decimal(root.findtext("CommunityRating", "0"))
    assert 0 <= rating <= 5
    assert rating == round(rating, 1)
    for element in root:
        if element.tag in INTEGERS:
            assert -(2**31) <= int(element.text or "") < 2**31
    assert root.findtext("Manga", "Unknown") in {"Unknown", "No", "Yes", "YesAndRightToLeft"}
    assert root.findtext("AgeRating", "Unknown") in AGE_RATINGS
    for page in root.iterfind("Pages/Page"):
        assert set(page.attrib) <= PAGE_ATTRIBUTES
        assert int(page.attrib["Image"]) >= 0
        assert page.attrib["Type"] in {"FrontCover", "Story"}
        assert page.attrib.get("DoublePage", "false") in {"true", "false"}
    return root


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
            "Type": "Story",
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
        language="en",
        creators=(Creator("Ann", CreatorRole.WRITER),),
    )
    two = ComicMetadata(
        "Two",
        series="S",
        number="2",
        year=1991,
        language="en",
        creators=(Creator("Bo", CreatorRole.WRITER),),
    )
    book = Document(
        "S 1-2", (OutputComic(one, pages((7, 10), (7, 10))), OutputComic(two, pages((7, 10))))
    )
    root = check_schema(comic_info(book))
    assert root.findtext("Title") == "S 1-2"
    assert root.findtext("Series") == "S"
    assert root.findtext("Writer") == "Ann, Bo"
    assert root.findtext("LanguageISO") == "en"
    assert root.find("Number") is None and root.find("Year") is None
    assert [page.get("Bookmark") for page in root.iterfind("Pages/Page")] == ["One", None, "Two"]
    assert [page.get("Image") for page in root.iterfind("Pages/Page")] == ["0", "1", "2"]


DETAILS = SourceDetails(
    tags="train, night",
    story_arc="The Line",
    story_arc_number="2",
    community_rating=4.25,
    main_character_or_team="The Conductor",
    review="Slow, and right so.",
    gtin="9783161484100",
)


def test_schema_2_1_says_what_only_it_can_say():
    book = Document(
        "B",
        (OutputComic(replace(FULL, details=DETAILS), pages((7, 10))),),
        comic_info=ComicInfoSchema.V2_1,
    )
    root = check_schema(comic_info(book), ComicInfoSchema.V2_1)
    older = check_schema(comic_info(Document("B", (OutputComic(FULL, pages((7, 10))),))))
    added = {element.tag: element.text for element in root if older.find(element.tag) is None}
    assert added == {
        "Translator": "Di",
        "Tags": "train, night",
        "StoryArc": "The Line",
        "StoryArcNumber": "2",
        "CommunityRating": "4.2",
        "MainCharacterOrTeam": "The Conductor",
        "Review": "Slow, and right so.",
        "GTIN": "9783161484100",
    }
    assert [element.tag for element in older if root.find(element.tag) is None] == ["Notes"]


def test_schema_2_0_is_the_same_whatever_else_is_known():
    known = Document("B", (OutputComic(replace(FULL, details=DETAILS), pages((7, 10))),))
    assert comic_info(known) == comic_info(Document("B", (OutputComic(FULL, pages((7, 10))),)))


@pytest.mark.parametrize(
    ("metadata", "differ"),
    [
        # FULL has a translator.
        ([FULL], True),
        ([ComicMetadata("T", details=SourceDetails(tags="x"))], True),
        ([ComicMetadata("T", details=SourceDetails(community_rating=0.0))], True),
        ([ComicMetadata("T", year=1990)], False),
        (
            [
                ComicMetadata("T", details=SourceDetails(tags="x")),
                ComicMetadata("U", details=SourceDetails(tags="y")),
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
            anything,
            anything,
            anything,
            st.none() | st.floats(),
            anything,
            anything,
            anything,
        ),
    ),
    st.sampled_from(ComicInfoSchema),
)
def test_any_metadata_gives_a_valid_document(metadata: ComicMetadata, schema: ComicInfoSchema):
    book = Document("B", (OutputComic(metadata, pages((7, 10))),), comic_info=schema)
    check_schema(comic_info(book), schema)
