"""What accounts keep of the library under a name: ordered lists of comics, and filters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Integer, UniqueConstraint
from sqlmodel import Column, Field

from ..columns import Table, reference, time_column


class ReadingList(Table, table=True):
    """A list of an account.

    Attributes:
        name_key: Equal for names that are the same in another case.
        parameters: Those of the library's address, if a filter is kept; None for a list of comics.
        updated_at: When its name or what it lists last changed.
    """

    __table_args__ = (
        UniqueConstraint("user_id", "name_key", name="reading_list_name"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="reading_list_name_length"),
    )

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    name: str
    name_key: str
    parameters: dict[str, Any] | None = Field(sa_column=Column(JSON(none_as_null=True)))
    created_at: datetime = time_column()
    updated_at: datetime = time_column()


class ListedBook(Table, table=True):
    """A comic in a list. ``position`` counts from 0.

    ``id`` is that of the comic which was put there. A book that the library did not have has an id
    of its own. ``comic_id`` is None as long as the library does not know the comic, and ``book`` is
    what the list says about it (domain.reading_list.Book).
    """

    __table_args__ = (
        UniqueConstraint("list_id", "position", name="listed_book_position"),
        CheckConstraint("position >= 0 AND position < 10000", name="listed_book_in_bounds"),
    )

    list_id: str = reference("reading_list.id", primary=True)
    id: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(Integer, nullable=False))
    comic_id: str | None = reference("comic.id", nullable=True, ondelete="SET NULL")
    book: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
