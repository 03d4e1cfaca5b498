"""The order in which every screen names formats."""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.artifact import Format

FORMATS = tuple(
    str(one) for one in (Format.CBZ, Format.PDF, Format.ZIP, Format.EPUB)
)  # those most people want come first


def in_order(names: Iterable[str]) -> list[str]:
    return sorted(names, key=FORMATS.index)
