"""Find the one value of an element for the comics of a file: what they agree on, or all of theirs.

Values that the schemas do not allow are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ...domain.library import ComicMetadata, CreatorRole, ReadingDirection

# A value of several comics together is cut at a comma if it is longer.
MAX_LIST_LENGTH = 10_000
AGE_RATINGS = (
    *(
        "Unknown",
        "Adults Only 18+",
        "Early Childhood",
        "Everyone",
        "Everyone 10+",
        "G",
        "Kids to Adults",
        "M",
    ),
    *("MA15+", "Mature 17+", "PG", "R18+", "Rating Pending", "Teen", "X18+"),
)
_MAX_INT = 2**31 - 1  # xs:int
_MAX_RATING = 5

Comics = Sequence[ComicMetadata]


def agreed(comics: Comics, value_of: Callable[[ComicMetadata], str]) -> str:
    """Return the value that all comics have in common, or an empty text."""
    values = {value_of(metadata) for metadata in comics}
    return values.pop() if len(values) == 1 else ""


def joined(comics: Comics, value_of: Callable[[ComicMetadata], str]) -> str:
    """Return the items of all comics' lists, each once; a list that all share stays as it is."""
    shared = agreed(comics, value_of)
    if shared:
        return shared
    items = (item.strip() for metadata in comics for item in value_of(metadata).split(","))
    text = ", ".join(dict.fromkeys(filter(None, items)))
    return text if len(text) <= MAX_LIST_LENGTH else text[:MAX_LIST_LENGTH].rpartition(",")[0]


def integer(value: int | float | None) -> str:
    """Return the value as text, or an empty text if the schema cannot hold it, as “1.5”."""
    is_integer = isinstance(value, int) and 0 <= value <= _MAX_INT
    return str(value) if is_integer else ""


def yes_or_no(value: bool | None) -> str:
    """Return the value as text, or an empty text if it is unknown."""
    return "" if value is None else "Yes" if value else "No"


def names(comics: Comics, role: CreatorRole) -> str:
    """Return the names of all creators with that role. Commas separate them."""
    found = dict.fromkeys(
        c.name for metadata in comics for c in metadata.creators if c.role is role
    )
    return ", ".join(name.replace(",", " ") for name in found)


def notes(comics: Comics, *, with_translators: bool) -> str:
    """Return the notes, and the translators where the schema has no other place for them."""
    said = agreed(comics, lambda metadata: metadata.details.notes)
    translators = names(comics, CreatorRole.TRANSLATOR) if with_translators else ""
    added = f"Translated by {translators}." if translators else ""
    return "\n".join(filter(None, (said, "" if added in said.splitlines() else added)))


def manga(metadata: ComicMetadata) -> str:
    """Return the value of ``Manga``, which also tells a reader to turn pages to the left."""
    if metadata.reading_direction is ReadingDirection.RIGHT_TO_LEFT:
        return "YesAndRightToLeft"
    return yes_or_no(metadata.details.manga)


def age_rating(metadata: ComicMetadata) -> str:
    """Return the rating as the schemas write it, or an empty text if they do not know it."""
    known = {rating.casefold(): rating for rating in AGE_RATINGS}
    return known.get(metadata.age_rating.strip().casefold(), "")


def rating(metadata: ComicMetadata, digits: int) -> str:
    """Return the rating from 0 to 5 with at most so many digits after the point."""
    value = metadata.details.community_rating
    return str(round(value, digits)) if value is not None and 0 <= value <= _MAX_RATING else ""
