"""The outline of a PDF: titles, and the pages they lead to."""

from __future__ import annotations

import json
from itertools import islice

from pypdfium2 import PdfDocument

MAX_ENTRIES = 5000
# Parts and chapters; headings below them are no chapters.
_MAX_DEPTH = 2


def outline(document: PdfDocument) -> bytes:
    """Return a JSON list of pairs: the page, from 0, and the title of the entry that leads to it.

    Entries that lead to no page are left out.
    """
    found: list[tuple[int, str]] = []
    for entry in islice(document.get_toc(max_depth=_MAX_DEPTH), MAX_ENTRIES):
        place = entry.get_dest()
        page = place.get_index() if place is not None else None
        if page is not None:
            found.append((page, entry.get_title()))
    return json.dumps(found).encode()
