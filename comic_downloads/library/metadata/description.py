"""Merge what a comic's documents say with its folders and its file name."""

from __future__ import annotations

from dataclasses import replace

from ...domain.comic_names import place_name
from ...domain.library import ComicMetadata
from ..filenames.parse import parse_path
from .placement import find_placement


def describe(path: str, declared: ComicMetadata | None = None) -> ComicMetadata:
    """Return the metadata of the comic at ``path`` (relative to the library, POSIX form).

    What its documents say has precedence over folder names, and these over the file name.
    """
    named = parse_path(path)
    declared = declared or ComicMetadata("")
    merged = replace(
        declared,
        title=declared.title or named.title,
        series=declared.series or named.series,
        number=declared.number or named.number,
        volume=named.volume if declared.volume is None else declared.volume,
        year=named.year if declared.year is None else declared.year,
        placement=find_placement(path, named, declared),
    )
    return replace(merged, title=merged.title or place_name(merged) or path.rpartition("/")[2])
