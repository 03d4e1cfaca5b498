"""The comics in the library folder, and the scans that find them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    Text,
    false,
    text,
    true,
)
from sqlmodel import Column, Field

from ..columns import Table, big_column, reference, text_column, time_column


def _total_column() -> Any:
    return Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))


def _key_column(*, primary: bool = False) -> Any:
    """Return a column for a key that sorts by its characters.

    The usual collations of PostgreSQL would skip blanks and punctuation.
    """
    key = Text().with_variant(Text(collation="C"), "postgresql")
    return Field(sa_column=Column(key, nullable=False, primary_key=primary))


def _of_one_shots(name: str, column: str) -> Index:
    """Return an index of the listed comics without a series."""
    return Index(
        name,
        column,
        "comic_id",
        sqlite_where=text("is_alone = 1"),
        postgresql_where=text("is_alone"),
    )


class Series(Table, table=True):
    """A series of comics.

    ``title`` is unique, because it has ``run`` in it where several series have one title: “X-Men
    (2019)”. ``title_key`` is the same for spellings of one title. ``search_text`` has no accents.

    The totals count its listed comics, and ``cover_comic_id`` is the first of them in reading order
    that has a cover. Triggers keep them up to date (alembic/versions/0021_list_comics.py).
    """

    id: str = Field(primary_key=True)
    title: str
    title_key: str = Field(unique=True)
    sort_key: str = Field(index=True)
    search_text: str = text_column()
    run: str = text_column()
    comic_count: int = _total_column()
    page_count: int = _total_column()
    damaged_comics: int = _total_column()
    size_bytes: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )
    cover_comic_id: str | None = None
    cover_version: str = text_column()
    created_at: datetime = time_column()


class Comic(Table, table=True):
    """A comic in the library folder. ``missing_at`` is set while its files are missing.

    ``deleted_pages`` counts the pages that the comic itself marks as deleted. They have no rows.
    ``metadata_error`` says why some of the comic's own metadata cannot be read, and which pages of
    text are left out.
    ``series_key`` is the same for all comics whose series have one title. ``arranged`` is False
    while it has to be found out which of these the comic is in, and where in its order.
    ``unread_pages`` counts the pages that are listed and were not read yet, of which only a few
    facts are known. ``asked_at`` is when somebody last wanted to see them.
    """

    __table_args__ = (
        Index("comic_reading_order", "series_id", "number_key", "title_key"),
        Index("comic_to_arrange", "arranged", "series_key"),
        Index("comic_to_read", "unread_pages"),
        Index(
            "comic_metadata_error",
            "path",
            sqlite_where=text("metadata_error <> ''"),
            postgresql_where=text("metadata_error <> ''"),
        ),
    )

    id: str = Field(primary_key=True)
    path: str = Field(unique=True)
    kind: str
    fingerprint: str
    series_id: str | None = reference("series.id", nullable=True, ondelete="SET NULL")
    series_key: str = text_column(index=True)
    arranged: bool = Field(
        default=True, sa_column=Column(Boolean, nullable=False, server_default=true())
    )
    title: str
    title_key: str = Field(index=True)
    number: str = ""
    number_key: str = ""
    comic_metadata: dict[str, Any] = Field(sa_column=Column("metadata", JSON, nullable=False))
    search_text: str = text_column()
    page_count: int = 0
    damaged_pages: int = 0
    deleted_pages: int = 0
    unread_pages: int = Field(
        default=0, sa_column=Column(Integer, nullable=False, server_default="0")
    )
    asked_at: datetime | None = time_column(nullable=True)
    size_bytes: int = big_column()
    error: str = text_column()
    metadata_error: str = text_column()
    cover_version: str = ""
    added_at: datetime = time_column(index=True)
    updated_at: datetime = time_column()
    missing_at: datetime | None = time_column(nullable=True)


class ComicListing(Table, table=True):
    """What lists of comics are sorted and searched by: a row for each comic that is not missing.

    It is narrow, so that a search can read all of it. Triggers keep it up to date with the comics
    (alembic/versions/0026_list_series.py); nothing else writes to it. Of a language such as
    “en-GB”, ``language`` is “en”.
    """

    __table_args__ = (
        Index("listing_by_title", "title_key", "number_key", "comic_id"),
        Index("listing_by_series", "is_alone", "title_key", "number_key", "comic_id"),
        Index("listing_in_series", "series_id", "number_key", "title_key", "comic_id"),
        Index("listing_years", "series_id", "year"),
        Index("listing_ages", "series_id", "added_at"),
        Index("listing_of_year", "year"),
        Index("listing_languages", "language"),
        Index("listing_publishers", "publisher"),
        Index("listing_by_age", "added_at"),
        Index("listing_by_size", "size_bytes"),
        Index("listing_by_pages", "page_count"),
        _of_one_shots("one_shots_by_age", "added_at"),
        _of_one_shots("one_shots_by_size", "size_bytes"),
        Index(
            "listing_damaged",
            "title_key",
            "number_key",
            "comic_id",
            sqlite_where=text("is_damaged = 1"),
            postgresql_where=text("is_damaged"),
        ),
    )

    comic_id: str = reference("comic.id", primary=True)
    series_id: str | None = None
    is_alone: bool
    title_key: str = _key_column()
    number_key: str = _key_column()
    search_text: str = Field(sa_column=Column(Text, nullable=False))
    page_count: int
    size_bytes: int = big_column()
    is_damaged: bool
    cover_version: str
    added_at: datetime = time_column()
    kind: str = text_column()
    year: int | None = None
    language: str = text_column()
    direction: str = text_column()
    publisher: str = text_column()


class ComicFetch(Table, table=True):
    """A comic that a user has fetched, alone or in a file with others, and when that was last.

    It stays when the download is removed.
    """

    __table_args__ = (Index("comic_fetch_lately", "user_id", "fetched_at"),)

    user_id: str = reference("user_account.id", primary=True)
    comic_id: str = Field(
        sa_column=Column(ForeignKey("comic.id", ondelete="CASCADE"), primary_key=True, index=True)
    )
    fetched_at: datetime = time_column()


class ReadingPlace(Table, table=True):
    """The page of a comic that a user has read last, counted from 0, and when that was."""

    __table_args__ = (CheckConstraint("page_index >= 0", name="reading_place_page"),)

    user_id: str = reference("user_account.id", primary=True)
    comic_id: str = Field(
        sa_column=Column(ForeignKey("comic.id", ondelete="CASCADE"), primary_key=True, index=True)
    )
    page_index: int
    read_at: datetime = time_column()


class WordVariant(Table, table=True):
    """A word of a title or a name, and what is left of it without one of its letters."""

    variant: str = _key_column(primary=True)
    word: str = Field(primary_key=True)


class PersonName(Table, table=True):
    """A name in the credits of comics, with each of its parts in the form that is searched for."""

    part: str = _key_column(primary=True)
    name: str = Field(primary_key=True)


class Page(Table, table=True):
    """A page of a comic, with the facts that were taken when it was first read.

    ``error`` says why the page is damaged. Without an error and ``sha256`` it was not read yet, and
    ``size_bytes`` and ``crc32`` are what its archive says, or 0. ``type``, ``bookmark``,
    ``double_page`` and ``key`` are the marks that the comic gives to it (``PageMarks``). ``traits``
    are names of ImageTrait, with blanks between them.
    """

    comic_id: str = reference("comic.id", primary=True)
    page_index: int = Field(primary_key=True)
    name: str
    media_type: str = ""
    width: int = 0
    height: int = 0
    size_bytes: int = big_column()
    crc32: int = big_column()
    sha256: str = ""
    traits: str = text_column()
    error: str = text_column()
    type: str = text_column()
    bookmark: str = text_column()
    double_page: bool | None = None
    key: str = text_column()


class LibraryScan(Table, table=True):
    """A scan of the library folder: requested, running or finished.

    At ``listed_at`` it has found all comics, and begins to read their pages. ``problems`` are what
    it could not list, a line each. Nobody asked for an ``automatic`` one. ``growing`` files still
    changed, so that they are left for a scan at ``look_again_at``.

    While it runs, ``error`` is a note about the comic that is being looked at, for the next process
    after a crash; at the end it is the problems.
    """

    id: str = Field(primary_key=True)
    requested_at: datetime = time_column(index=True)
    started_at: datetime | None = time_column(nullable=True)
    heartbeat_at: datetime | None = time_column(nullable=True)
    listed_at: datetime | None = time_column(nullable=True)
    finished_at: datetime | None = time_column(nullable=True)
    comics_done: int = 0
    comics_total: int = 0
    automatic: bool = Field(
        default=False, sa_column=Column(Boolean, nullable=False, server_default=false())
    )
    growing: int = Field(default=0, sa_column=Column(Integer, nullable=False, server_default="0"))
    look_again_at: datetime | None = time_column(nullable=True)
    problems: str = text_column()
    error: str = text_column()
