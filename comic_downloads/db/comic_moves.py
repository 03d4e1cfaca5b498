"""Statements that let comics keep their rows when their files are renamed or moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, literal, update
from sqlmodel import Session, col, select

from ..domain.library import MOVED
from .tables import Comic, Page

_COMICS_PER_STATEMENT = 500

# The CRC-32 and the size of a page. Two comics that have most of these in common are the same.
PageId = tuple[int, int]


def move_comics(
    session: Session, paths: Mapping[str, str], overwritten: Sequence[str], now: datetime
) -> None:
    """Set the paths of comics, by id, and mark comics missing whose paths these are.

    All else stays until the comics are read again. ``overwritten`` are ids, too.
    """
    _vacate_paths(session, [*paths, *overwritten])
    for part in _parts(overwritten):
        missing = update(Comic).where(col(Comic.id).in_(part), col(Comic.missing_at).is_(None))
        session.connection().execute(missing.values(missing_at=now, arranged=False))
    if not paths:
        return
    moved = (
        update(Comic)
        .where(col(Comic.id) == bindparam("comic_id"))
        .values(
            path=bindparam("new_path"),
            fingerprint=literal(MOVED).concat(func.replace(Comic.fingerprint, MOVED, "")),
        )
    )
    session.connection().execute(
        moved, [{"comic_id": comic_id, "new_path": path} for comic_id, path in paths.items()]
    )


def _vacate_paths(session: Session, comic_ids: Sequence[str]) -> None:
    """Replace the paths of comics by some that no file can have, because a path is unique."""
    for part in _parts(comic_ids):
        vacant = col(Comic.path).concat("//").concat(col(Comic.id))
        session.connection().execute(
            update(Comic).where(col(Comic.id).in_(part)).values(path=vacant)
        )


def known_pages(session: Session, comic_ids: Sequence[str]) -> Iterator[tuple[str, PageId]]:
    """Yield comic id, CRC-32 and size of every page of these comics that has both, by comic."""
    for part in _parts(comic_ids):
        rows = (
            select(Page.comic_id, Page.crc32, Page.size_bytes)
            .where(col(Page.comic_id).in_(part), col(Page.error) == "", col(Page.crc32) != 0)
            .order_by(col(Page.comic_id))
        )
        for comic_id, crc32, size_bytes in session.exec(rows):
            yield comic_id, (crc32, size_bytes)


def _parts(comic_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(comic_ids), _COMICS_PER_STATEMENT):
        yield comic_ids[start : start + _COMICS_PER_STATEMENT]
