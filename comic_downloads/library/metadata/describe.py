"""Merge what a comic's documents say with its folders and its file name."""

from __future__ import annotations

from dataclasses import replace

from ...domain.library import ComicMetadata
from ..filenames.parse import parse_path


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
    )
    return replace(merged, title=merged.title or _title(merged, path))


def _title(metadata: ComicMetadata, path: str) -> str:
    if metadata.series and metadata.number:
        return f"{metadata.series} #{metadata.number}"
    if metadata.series and metadata.volume is not None:
        return f"Volume {metadata.volume}"
    return metadata.series or path.rpartition("/")[2]
