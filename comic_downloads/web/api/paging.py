"""The query parameters ``limit`` and ``offset`` of lists."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

MAX_LIMIT = 200
MAX_OFFSET = 2**31

Offset = Annotated[int, Query(ge=0, le=MAX_OFFSET)]


@dataclass(frozen=True)
class Paging:
    """Which part of a list to answer with."""

    limit: int
    offset: int


async def paging(
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50, offset: Offset = 0
) -> Paging:
    """Return the part of a list of downloads or shares that was asked for."""
    return Paging(limit, offset)


FromPaging = Annotated[Paging, Depends(paging)]
