"""Join the tall strips of the input, before they are cut into screens."""

from __future__ import annotations

from dataclasses import replace

from ...domain.manifest import Manifest, ManifestComic
from ...packaging.strips import strip_places


def with_strips(manifest: Manifest) -> Manifest:
    """Return the manifest with the place of every page in its strip, if strips are cut.

    All pages of the file have to be there: places change when a page is left out.
    """
    if not manifest.options.preset.split_strips or not manifest.is_read:
        return manifest
    return replace(manifest, comics=tuple(map(_with_strips, manifest.comics)))


def _with_strips(comic: ManifestComic) -> ManifestComic:
    places = strip_places(comic.pages)
    if all(place == page.facts.strip for place, page in zip(places, comic.pages, strict=True)):
        return comic
    return replace(
        comic,
        pages=tuple(
            replace(page, facts=replace(page.facts, strip=place))
            for page, place in zip(comic.pages, places, strict=True)
        ),
    )
