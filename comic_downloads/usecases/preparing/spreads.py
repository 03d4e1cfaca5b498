"""Find the double pages of comics whose double pages are to be split or turned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...domain.library import ImageTrait, ReadingDirection
from ...domain.manifest import Manifest, ManifestComic, ManifestPage
from ...domain.options import Options
from ...domain.quality import DoublePages
from ...packaging.spreads import double_pages


def with_spreads(options: Options, comics: Iterable[ManifestComic]) -> list[ManifestComic]:
    """Return the comics with a trait on every double page that the options do not keep.

    All pages of a comic have to be there: which of them are wide depends on the others. What the
    pages of a comic are like that is not read yet is not known.
    """
    if options.preset.double_pages is DoublePages.KEEP:
        return list(comics)
    return [_with_spreads(comic) if comic.is_read else comic for comic in comics]


def without_idle_splitting(manifest: Manifest) -> Manifest:
    """Return the manifest as it is without the option if there is no double page.

    Two requests whose files are equal then have the same content key.
    """
    options = manifest.options
    if any(page.facts.spread for _, page in manifest.pages()):
        return manifest
    kept = replace(options.preset, double_pages=DoublePages.KEEP)
    return replace(manifest, options=replace(options, preset=kept))


def _with_spreads(comic: ManifestComic) -> ManifestComic:
    is_rtl = comic.metadata.reading_direction is ReadingDirection.RIGHT_TO_LEFT
    trait = ImageTrait.SPREAD_RTL if is_rtl else ImageTrait.SPREAD_LTR
    return replace(
        comic,
        pages=tuple(
            _marked(page, trait) if is_double and _can_be_cut(page) else page
            for page, is_double in zip(comic.pages, double_pages(comic.pages), strict=True)
        ),
    )


def _can_be_cut(page: ManifestPage) -> bool:
    """Return whether an image is wide enough to show two pages, whatever the comic says.

    Some programs mark every page as a double page.
    """
    return page.facts.width > 1 and page.facts.width >= page.facts.height


def _marked(page: ManifestPage, trait: ImageTrait) -> ManifestPage:
    traits = tuple(sorted({*page.facts.traits, trait}))
    return replace(page, facts=replace(page.facts, traits=traits))
