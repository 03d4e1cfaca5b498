"""Turn pages that an EPUB does not hold, or e-readers do not show, into ones that they do."""

from __future__ import annotations

import io

from ...domain.formats import Format
from ...domain.library import ImageTrait
from ..images import common_jpeg, lossless_png
from ..pages import OutputPage
from ..reading import checked_chunks
from ..strict_pages import strict_page, with_content


def media_type_in_epub(page: OutputPage) -> str:
    """Return the media type that the page has in an EPUB."""
    own_type = page.facts.media_type
    return own_type if Format.EPUB.facts.holds(own_type) else "image/png"


def shown_page(source: OutputPage, media_type: str) -> OutputPage:
    """Return the page as it goes into an EPUB, where it has this media type.

    An image that has to be encoded again stays in memory until the page is released. The others are
    read only when they are written.

    Raises:
        PageUnreadable: The page cannot be decoded, or is not what its facts say.
    """
    facts = source.facts
    if facts.media_type == media_type and ImageTrait.UNCOMMON not in facts.traits:
        return strict_page(source)
    data = io.BytesIO(b"".join(checked_chunks(source)))
    encode = common_jpeg if media_type == "image/jpeg" else lossless_png
    return with_content(source, encode(data, facts.width * facts.height), media_type)
