"""Read MetronInfo.xml, version 1.0 and the drafts before it.

Source: the schema of the Metron Project.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ...domain.library import CreatorRole
from .dates import date_parts
from .elements import comic_info_element, first_text, texts
from .languages import language_code
from .recovery import recovered_root
from .roles import role_of
from .vocabulary import Vocabulary

METRON_INFO = Vocabulary(
    "MetronInfo",
    containers=(
        *("Publisher", "Series", "AlternativeNames", "Stories", "Genres", "Tags", "Arcs", "Arc"),
        *("Characters", "Teams", "Locations", "Universes", "Universe", "GTIN", "URLs", "Credits"),
        *("Credit", "Roles", "IDS", "Prices", "Reprints"),
    ),
    leaves=(
        *("Name", "SortName", "Volume", "IssueCount", "Format", "Type", "Imprint", "MangaVolume"),
        *("CollectionTitle", "Number", "Story", "Summary", "Notes", "CoverDate", "StoreDate"),
        *("Genre", "Tag", "Character", "Team", "Location", "ISBN", "UPC", "AgeRating", "URL"),
        *("BlackAndWhite", "Creator", "Role", "ID", "Price", "Reprint", "Designation"),
        *("AlternativeName", "StartYear", "VolumeCount", "PageCount", "LastModified"),
    ),
    attributes=("lang", "primary"),
)
# The ages that the Metron Project gives for its ratings, in the words of ComicInfo.xml.
_RATINGS = {
    "everyone": "Everyone",
    "teen": "Teen",
    "teen plus": "MA15+",
    "mature": "Mature 17+",
    "explicit": "R18+",
    "adult": "Adults Only 18+",
}


def as_comic_info(document: bytes) -> Element:
    """Return what a MetronInfo.xml says as the elements of a ComicInfo.xml.

    Raises:
        UnreadableDocument: The document cannot be read.
    """
    root = recovered_root(document, METRON_INFO)
    series = root.find("Series")
    year, month, day = date_parts(first_text(root, "CoverDate") or first_text(root, "StoreDate"))
    stories = "; ".join(texts(root, "Stories/Story"))
    rating = first_text(root, "AgeRating")
    is_gray = first_text(root, "BlackAndWhite").casefold()
    return comic_info_element(
        {
            "Title": first_text(root, "CollectionTitle") or stories,
            "Series": first_text(root, "Series/Name"),
            "Number": first_text(root, "Number"),
            "Count": first_text(root, "Series/IssueCount"),
            "Volume": first_text(root, "MangaVolume").partition("-")[0]
            or first_text(root, "Series/Volume")
            or first_text(root, "Volume"),
            "Summary": first_text(root, "Summary"),
            "Notes": first_text(root, "Notes"),
            "Year": year,
            "Month": month,
            "Day": day,
            "Publisher": first_text(root, "Publisher/Name") or first_text(root, "Publisher"),
            "Imprint": first_text(root, "Publisher/Imprint"),
            "Genre": ", ".join(texts(root, "Genres/Genre")),
            "Tags": ", ".join(texts(root, "Tags/Tag")),
            "Web": " ".join(_urls(root)),
            "LanguageISO": language_code(series.get("lang", "") if series is not None else ""),
            "Format": first_text(root, "Series/Format") or first_text(root, "Series/Type"),
            "BlackAndWhite": {"true": "Yes", "false": "No"}.get(is_gray, ""),
            "Characters": ", ".join(texts(root, "Characters/Character")),
            "Teams": ", ".join(texts(root, "Teams/Team")),
            "Locations": ", ".join(texts(root, "Locations/Location")),
            **_arcs(root),
            "AgeRating": _RATINGS.get(rating.casefold(), rating),
            "GTIN": first_text(root, "GTIN/ISBN") or first_text(root, "GTIN/UPC"),
        },
        _credits(root),
    )


def _arcs(root: Element) -> dict[str, str]:
    """Return the story arcs, and their numbers if all of them have one."""
    arcs = [arc for arc in root.iterfind("Arcs/Arc") if first_text(arc, "Name")]
    numbers = [first_text(arc, "Number") for arc in arcs]
    return {
        "StoryArc": ", ".join(first_text(arc, "Name") for arc in arcs),
        "StoryArcNumber": ", ".join(numbers) if all(numbers) else "",
    }


def _urls(root: Element) -> list[str]:
    """Return the addresses, the primary one first. Drafts have a single one without a list."""
    urls = [*root.iterfind("URLs/URL"), *root.iterfind("URL")]
    urls.sort(key=lambda url: url.get("primary", "").casefold() != "true")
    return [text for url in urls if (text := (url.text or "").strip())]


def _credits(root: Element) -> Iterator[tuple[str, CreatorRole]]:
    for credit in root.iterfind("Credits/Credit"):
        roles = dict.fromkeys(map(role_of, texts(credit, "Roles/Role")))
        for role in roles:
            if role is not None:
                yield first_text(credit, "Creator"), role
