"""Statements that read comics need: which are listed and not read yet, and what their pages are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, col, select

from ..domain.job import JobStatus
from ..domain.library import AGAIN, ComicMetadata, ImageFacts, PageType, fingerprint_of_files
from ..domain.manifest import metadata_as_dict, metadata_from_dict
from .library_changes import NO_FACTS, columns_of_facts
from .tables import Comic, Job, Page, Transfer

# A transfer without a sign of life for so long does not keep the disk busy.
_TRANSFER_PAUSE_SECONDS = 30
# SQLite takes 32,766 values in one statement, and older builds take 999.
_IDS_PER_STATEMENT = 500


@dataclass(frozen=True)
class UnreadComic:
    """A listed comic, and the pages of it that were not read yet: index and name, in order."""

    id: str
    path: str
    kind: str
    fingerprint: str
    pages: tuple[tuple[int, str], ...]


class ReadPage(NamedTuple):
    """What a comic's row follows from, of a page that was read; sizes are in pixels and bytes."""

    error: str
    sha256: str
    width: int
    height: int
    size_bytes: int
    type: str


def comics_to_read(session: Session, limit: int, without: Collection[str]) -> Sequence[str]:
    """Return the ids of comics that are not wholly read, in the order in which to read them.

    Those that somebody asked for come first, the last one of these before the others, and then the
    newest. ``without`` are ids to leave out.
    """
    statement = (
        select(Comic.id)
        .where(col(Comic.unread_pages) > 0, col(Comic.missing_at).is_(None))
        .where(col(Comic.id).not_in(without))
        .order_by(
            col(Comic.asked_at).is_(None),
            col(Comic.asked_at).desc(),
            col(Comic.added_at).desc(),
            col(Comic.id),
        )
        .limit(limit)
    )
    return session.exec(statement).all()


def count_to_read(session: Session) -> int:
    """Return how many listed comics have pages that were not read yet."""
    statement = select(func.count()).where(
        col(Comic.unread_pages) > 0, col(Comic.missing_at).is_(None)
    )
    return session.exec(statement).one()


def unread_comic(session: Session, comic_id: str) -> UnreadComic | None:
    """Return the comic with its unread pages; None if it has none, or is missing."""
    comic = session.get(Comic, comic_id)
    if comic is None or comic.missing_at is not None or not comic.unread_pages:
        return None
    pages = session.exec(
        select(Page.page_index, Page.name)
        .where(Page.comic_id == comic_id, Page.error == "", Page.sha256 == "")
        .order_by(col(Page.page_index))
    ).all()
    return UnreadComic(comic.id, comic.path, comic.kind, comic.fingerprint, tuple(pages))


def unread_among(session: Session, comic_ids: Sequence[str]) -> list[str]:
    """Return those of the comics that are not wholly read, in the given order."""
    unread: set[str] = set()
    for start in range(0, len(comic_ids), _IDS_PER_STATEMENT):
        part = comic_ids[start : start + _IDS_PER_STATEMENT]
        statement = select(Comic.id).where(col(Comic.id).in_(part), col(Comic.unread_pages) > 0)
        unread.update(session.exec(statement))
    return [comic_id for comic_id in comic_ids if comic_id in unread]


def disk_is_wanted(session: Session, now: datetime) -> bool:
    """Return True while a file is prepared for somebody, or is on its way to them."""
    preparing = select(Job.id).where(col(Job.status) == JobStatus.PREPARING).limit(1)
    if session.exec(preparing).one_or_none() is not None:
        return True
    since = now - timedelta(seconds=_TRANSFER_PAUSE_SECONDS)
    fetched = select(Transfer.id).where(col(Transfer.heartbeat_at) > since).limit(1)
    return session.exec(fetched).one_or_none() is not None


def note_asked(session: Session, comic_ids: Collection[str], now: datetime) -> None:
    """Note that somebody wants to see these comics now, so that they are read first."""
    unread = update(Comic).where(col(Comic.id).in_(comic_ids), col(Comic.unread_pages) > 0)
    session.connection().execute(unread.values(asked_at=now))


def save_pages(
    session: Session, comic: UnreadComic, read: Mapping[int, tuple[ImageFacts | None, str]]
) -> bool:
    """Write facts or error of these pages. Return False if the comic was listed again meanwhile."""
    of_comic = (col(Comic.id) == comic.id, col(Comic.fingerprint) == comic.fingerprint)
    if not _touch(session, comic):
        return False
    if read:
        rows = [
            {"index": index, "error": error, **columns_of_facts(facts or NO_FACTS)}
            for index, (facts, error) in read.items()
        ]
        page = (col(Page.comic_id) == comic.id, col(Page.page_index) == bindparam("index"))
        session.connection().execute(update(Page).where(*page), rows)
    left = (
        select(func.count())
        .where(col(Page.comic_id) == comic.id, col(Page.error) == "", col(Page.sha256) == "")
        .scalar_subquery()
    )
    session.connection().execute(update(Comic).where(*of_comic).values(unread_pages=left))
    return True


def _touch(session: Session, comic: UnreadComic) -> bool:
    """Lock the comic's row against a scan. Return False if it was listed again, or is gone."""
    of_comic = (col(Comic.id) == comic.id, col(Comic.fingerprint) == comic.fingerprint)
    touched = update(Comic).where(*of_comic).values(unread_pages=Comic.unread_pages)
    return session.connection().execute(touched).rowcount == 1


def pages_of_read(session: Session, comic_id: str) -> tuple[Comic, list[ReadPage]]:
    """Return the row of the comic, and all its pages in order."""
    comic = session.exec(select(Comic).where(Comic.id == comic_id)).one()
    columns = (getattr(Page, name) for name in ReadPage._fields)
    # Six columns are too many for the overloads of ``select``. Whole rows take three times as long.
    pages = select(*columns).where(Page.comic_id == comic_id).order_by(col(Page.page_index))  # pyright: ignore[reportCallIssue, reportArgumentType]
    return comic, list(map(ReadPage._make, session.exec(pages)))


def sizes_of_readable(pages: Sequence[ReadPage]) -> list[tuple[int, int]]:
    """Return width and height of those of the pages that were read and are not damaged."""
    return [(page.width, page.height) for page in pages if page.sha256]


def metadata_of(comic: Comic) -> ComicMetadata:
    """Return the metadata of the comic."""
    return metadata_from_dict(comic.comic_metadata)


def conclude(
    comic: Comic, pages: Sequence[ReadPage], metadata: ComicMetadata, error: str, *, again: bool
) -> None:
    """Write what follows from all the pages of a comic into its row.

    With ``again`` the next scan reads the damaged pages once more.
    """
    readable = [page for page in pages if not page.error]
    covers = [page for page in readable if PageType.FRONT_COVER in page.type.split()]
    comic.damaged_pages = len(pages) - len(readable)
    comic.size_bytes = sum(page.size_bytes for page in readable)
    comic.cover_version = next((page.sha256[:16] for page in (*covers, *readable)), "")
    comic.comic_metadata = metadata_as_dict(metadata)
    comic.error = error
    if again:
        comic.fingerprint = f"{AGAIN}{fingerprint_of_files(comic.fingerprint)}"


def give_up(session: Session, comic: UnreadComic, error: str, *, again: bool) -> bool:
    """Write why the comic cannot be read. Return False if it was listed again meanwhile.

    With ``again`` the next scan lists it again; otherwise it stays so until its files change.
    """
    values: dict[str, object] = {"error": error, "unread_pages": 0}
    if again:
        values["fingerprint"] = ""
    given_up = update(Comic).where(
        col(Comic.id) == comic.id, col(Comic.fingerprint) == comic.fingerprint
    )
    return session.connection().execute(given_up.values(**values)).rowcount == 1
