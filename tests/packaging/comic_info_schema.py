"""The rules of the ComicInfo.xml schemas 2.0 and 2.1, in words of our own."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from xml.etree import ElementTree

from comic_downloads.domain.library import PageType
from comic_downloads.domain.options import ComicInfoSchema
from comic_downloads.packaging.comicinfo.values import AGE_RATINGS

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
YES_OR_NO = {"Unknown", "No", "Yes"}
BOOLEANS = {"true", "false"}
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
    """Return the names of all elements in their order."""
    order = [*ORDER_2_0]
    if schema is ComicInfoSchema.V2_1:
        for added, following in BEFORE_2_1.items():
            order.insert(order.index(following), added)
        order.append("GTIN")
    return order


def check_schema(
    document: bytes, schema: ComicInfoSchema = ComicInfoSchema.V2_0
) -> ElementTree.Element:
    """Return the document's root, after everything the schema demands was asserted."""
    root = ElementTree.fromstring(document)
    assert root.tag == "ComicInfo"
    tags = [element.tag for element in root]
    assert tags == [tag for tag in order_of(schema) if tag in tags]
    rating = Decimal(root.findtext("CommunityRating", "0"))
    assert 0 <= rating <= 5
    assert rating == round(rating, 1 if schema is ComicInfoSchema.V2_1 else 2)
    for element in root:
        if element.tag in INTEGERS:
            assert -(2**31) <= int(element.text or "") < 2**31
    assert root.findtext("BlackAndWhite", "Unknown") in YES_OR_NO
    assert root.findtext("Manga", "Unknown") in YES_OR_NO | {"YesAndRightToLeft"}
    assert root.findtext("AgeRating", "Unknown") in AGE_RATINGS
    for page in root.iterfind("Pages/Page"):
        assert set(page.attrib) <= PAGE_ATTRIBUTES
        assert int(page.attrib["Image"]) >= 0
        assert set(page.get("Type", "Story").split()) <= set(PageType)
        assert page.get("DoublePage", "false") in BOOLEANS
    return root
