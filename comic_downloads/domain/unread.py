"""Guess what is not known of pages that are listed and not read, so that a request can be checked.

The guesses decide whether a job is accepted. What its file is like follows from the true facts.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Sequence
from dataclasses import replace

from .library import ImageFacts
from .manifest import Manifest, ManifestComic, ManifestPage

# A page of an ordinary comic.
_WIDTH, _HEIGHT, _SIZE_BYTES = 1600, 2400, 1_000_000
_MEDIA_TYPE = "image/jpeg"


def with_guessed_facts(manifest: Manifest) -> Manifest:
    """Return the manifest with a guess for each page that was not read."""
    return replace(manifest, comics=tuple(map(_guessed, manifest.comics)))


def _guessed(comic: ManifestComic) -> ManifestComic:
    if comic.is_read:
        return comic
    known = [page.facts for page in comic.pages if page.facts.sha256]
    return replace(comic, pages=tuple(_guessed_page(page, known) for page in comic.pages))


def _guessed_page(page: ManifestPage, known: Sequence[ImageFacts]) -> ManifestPage:
    """Return the page as if it were as large as one that was read, such as the cover."""
    facts = page.facts
    if facts.sha256:
        return page
    like = known[0] if known else ImageFacts(_MEDIA_TYPE, _WIDTH, _HEIGHT, _SIZE_BYTES, 0, "")
    by_name, _ = mimetypes.guess_type(page.name, strict=False)
    is_image = by_name is not None and by_name.startswith("image/")
    guess = replace(
        facts,
        media_type=by_name if by_name is not None and is_image else like.media_type,
        width=like.width,
        height=like.height,
        size_bytes=facts.size_bytes or like.size_bytes,
    )
    return replace(page, facts=guess)
