"""The base class of all tables, and functions for columns that recur."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    DateTime,
    ForeignKey,
    Text,
    TypeDecorator,
    false,
    true,
)
from sqlalchemy.orm import declared_attr
from sqlmodel import Column, Field, SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, always UTC.

    SQLite knows no zones: there it is stored without one, and times compare as text.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return the time in UTC. Raise ValueError for a time without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive time")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Return the stored time as UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Any, coltype: Any) -> Any:
        """Return what reads a stored time; SQLite stores text, for which it is a faster way."""
        if dialect.name == "sqlite":
            return _utc_of_text
        return super().result_processor(dialect, coltype)


def _utc_of_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(f"{value}+00:00")


class Table(SQLModel):
    """The base class of all tables. Each is named after its class, in snake case."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


def time_column(*, nullable: bool = False, index: bool = False) -> Any:
    """Return a column for a UTC time."""
    return Field(default=None, sa_column=Column(UtcDateTime(), nullable=nullable, index=index))


def text_column(default: str = "", *, index: bool = False) -> Any:
    """Return a column for text of any length, which is never NULL."""
    return Field(
        default=default,
        sa_column=Column(Text, nullable=False, server_default=default, index=index),
    )


def flag_column(default: bool) -> Any:
    """Return a column for a yes or a no."""
    at_server = true() if default else false()
    return Field(
        default=default, sa_column=Column(Boolean, nullable=False, server_default=at_server)
    )


def big_column(default: int | None = 0, *, nullable: bool = False) -> Any:
    """Return a column for a 64-bit integer."""
    return Field(default=default, sa_column=Column(BigInteger, nullable=nullable))


def reference(
    target: str, *, nullable: bool = False, primary: bool = False, ondelete: str = "CASCADE"
) -> Any:
    """Return a foreign key to ``target``, written as ``table.column``.

    It is required unless ``nullable``. It has an index unless it is (part of) the primary key.
    """
    return Field(
        default=None if nullable else ...,
        sa_column=Column(
            ForeignKey(target, ondelete=ondelete),
            nullable=nullable,
            primary_key=primary,
            index=not primary,
        ),
    )
