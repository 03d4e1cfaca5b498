"""Statements that bring the library's rows up to date with what a scan found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, col, select

from ..domain.identity import new_id
from ..domain.library import (
    ImageFacts,
    ImageTrait,
    ListedPage,
    Page,
    PageMarks,
    PageType,
    ScannedComic,
    fingerprint_of_files,
)
from ..domain.manifest import metadata_as_dict
from ..domain.reading_order import place_key
from ..domain.series_runs import place_of, split_title
from ..domain.text_keys import search_key, sort_key, title_identity
from . import search_words
from .tables import Comic, Series
from .tables import Page as PageRow

_ROWS_PER_STATEMENT = 500
_ROWS_READ = 500
# ``asdict`` copies deeply, which takes as long as the rest of listing a comic.
_FACTS = tuple(one.name for one in fields(ImageFacts))
_MARKS = tuple(one.name for one in fields(PageMarks))


@dataclass(frozen=True, slots=True)
class KnownComic:
    """What a scan compares with a comic that it finds."""

    path: str
    id: str
    fingerprint: str
    is_missing: bool
    page_count: int


def known_comics(session: Session) -> dict[str, KnownComic]:
    """Return every comic the library has ever known, by path.

    A scan reads only those again that have changed.
    """
    # Five columns are one too many for the overloads of ``select``.
    statement = select(Comic.path, Comic.id, Comic.fingerprint, Comic.missing_at, Comic.page_count)  # pyright: ignore[reportCallIssue, reportArgumentType]
    known: dict[str, KnownComic] = {}
    last = ""
    # In batches, because the rows of a large library take several times as much memory.
    while True:
        batch = statement.where(col(Comic.id) > last).order_by(col(Comic.id)).limit(_ROWS_READ)
        rows = session.exec(batch).all()
        for path, comic_id, fingerprint, missing_at, page_count in rows:
            is_missing = missing_at is not None
            known[path] = KnownComic(path, comic_id, fingerprint, is_missing, page_count)
            last = comic_id
        if len(rows) < _ROWS_READ:
            return known


def mark_returned(session: Session, path: str) -> None:
    """List a comic again that was missing and has returned unchanged."""
    session.connection().execute(
        update(Comic).where(col(Comic.path) == path).values(missing_at=None, arranged=False)
    )


def save_comic(session: Session, scanned: ScannedComic, now: datetime) -> str:
    """Write the comic and its pages. Return its id, which stays the same for a known path."""
    comic = session.exec(select(Comic).where(Comic.path == scanned.path)).one_or_none()
    if comic is None:
        values = _columns(scanned, now)
        comic = Comic(id=new_id(now), path=scanned.path, added_at=now, **values)
        session.add(comic)
    else:
        scanned = _with_known_facts(session, comic, scanned)
        values = _columns(scanned, now)
        _leave_title(session, comic, values["series_key"])
        comic.sqlmodel_update(values)
        session.connection().execute(delete(PageRow).where(col(PageRow.comic_id) == comic.id))
    session.flush()
    _insert_pages(session, comic.id, scanned.pages)
    metadata = scanned.metadata
    people = (creator.name for creator in metadata.creators)
    search_words.remember(session, (metadata.title, metadata.series), people)
    return comic.id


def _with_known_facts(session: Session, comic: Comic, scanned: ScannedComic) -> ScannedComic:
    """Return the comic with the facts of the pages that were read before, if its files are as then.

    A comic that was only moved, or some of whose pages could not be read, is listed again. Pages
    that had an error are read again.
    """
    files = fingerprint_of_files(scanned.fingerprint)
    if not files or fingerprint_of_files(comic.fingerprint) != files:
        return scanned
    statement = select(PageRow).where(PageRow.comic_id == comic.id, PageRow.sha256 != "")
    known = {page.name: facts_of(page) for page in session.exec(statement)}
    pages = tuple(
        page if page.is_read or page.name not in known else replace(page, facts=known[page.name])
        for page in scanned.pages
    )
    return replace(scanned, pages=pages)


def _leave_title(session: Session, comic: Comic, series_key: str) -> None:
    """Let the other comics of the comic's title be arranged again if the title has changed."""
    if comic.series_key != series_key:
        session.connection().execute(
            update(Comic).where(col(Comic.series_key) == comic.series_key).values(arranged=False)
        )


def mark_missing(session: Session, paths: Iterable[str], now: datetime) -> None:
    """Take comics out of the lists. Their ids and facts are kept in case they return."""
    paths = list(paths)
    for start in range(0, len(paths), _ROWS_PER_STATEMENT):
        part = paths[start : start + _ROWS_PER_STATEMENT]
        session.connection().execute(
            update(Comic)
            .where(col(Comic.path).in_(part), col(Comic.missing_at).is_(None))
            .values(missing_at=now, arranged=False)
        )


def remove_empty_series(session: Session) -> None:
    """Delete series without comics. A missing comic still counts as one."""
    used = select(Comic.series_id).where(Comic.series_id == Series.id).exists()
    session.connection().execute(delete(Series).where(~used))


def _columns(scanned: ScannedComic, now: datetime) -> dict:
    metadata = scanned.metadata
    readable = [
        page.facts or _facts_of_listed(page.listed) for page in scanned.pages if not page.error
    ]
    return {
        "kind": scanned.kind,
        "fingerprint": scanned.fingerprint,
        "series_key": title_identity(split_title(metadata.series)[0]),
        "arranged": False,
        "title": metadata.title,
        "title_key": sort_key(metadata.title),
        "number": metadata.number,
        "number_key": place_key(place_of(metadata)),
        "comic_metadata": metadata_as_dict(metadata),
        "search_text": _search_text(scanned),
        "page_count": len(scanned.pages),
        "damaged_pages": sum(page.error != "" for page in scanned.pages),
        "unread_pages": sum(not page.is_read for page in scanned.pages),
        "deleted_pages": scanned.deleted_pages,
        "size_bytes": sum(facts.size_bytes for facts in readable),
        "error": scanned.error,
        "metadata_error": scanned.metadata_error,
        "cover_version": _cover_version(scanned),
        "updated_at": now,
        "missing_at": None,
    }


def _cover_version(scanned: ScannedComic) -> str:
    """Return a text that changes with the page that ``db.library.cover_page`` returns."""
    readable = [(page, page.facts.sha256) for page in scanned.pages if page.facts]
    covers = [digest for page, digest in readable if page.marks.has_type(PageType.FRONT_COVER)]
    return next((digest[:16] for digest in (*covers, *(digest for _, digest in readable))), "")


def _search_text(scanned: ScannedComic) -> str:
    metadata = scanned.metadata
    creators = dict.fromkeys(creator.name for creator in metadata.creators)
    year = str(metadata.year or "")
    words = [
        metadata.title,
        metadata.series,
        metadata.number,
        year,
        metadata.publisher,
        *creators,
        scanned.path,
    ]
    return search_key(" ".join(words))


def _insert_pages(session: Session, comic_id: str, pages: Iterable[Page]) -> None:
    rows: Sequence[dict] = [
        {
            "comic_id": comic_id,
            "page_index": page.index,
            "name": page.name,
            "error": page.error,
            **{name: getattr(page.marks, name) for name in _MARKS},
            **columns_of_facts(page.facts or _listed_facts(page)),
        }
        for page in pages
    ]
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        session.connection().execute(insert(PageRow), rows[start : start + _ROWS_PER_STATEMENT])


def columns_of_facts(facts: ImageFacts) -> dict[str, Any]:
    """Return the columns of a page that its facts are kept in."""
    values = {name: getattr(facts, name) for name in _FACTS}
    return {**values, "traits": " ".join(facts.traits)}


def facts_of(page: PageRow) -> ImageFacts:
    """Return what is known about the page's image."""
    return ImageFacts(
        page.media_type,
        page.width,
        page.height,
        page.size_bytes,
        page.crc32,
        page.sha256,
        tuple(map(ImageTrait, page.traits.split())),
    )


NO_FACTS = ImageFacts("", 0, 0, 0, 0, "")


def _listed_facts(page: Page) -> ImageFacts:
    """Return what the columns hold of a page without facts: nothing if it is damaged."""
    return NO_FACTS if page.error else _facts_of_listed(page.listed)


def _facts_of_listed(listed: ListedPage) -> ImageFacts:
    return replace(NO_FACTS, size_bytes=listed.size_bytes or 0, crc32=listed.crc32 or 0)
