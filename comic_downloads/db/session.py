"""The database: engine, transactions, its clock and its revision counter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    create_engine,
    event,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, SQLModel

from .columns import UtcDateTime

BUSY_TIMEOUT_SECONDS = 20
IDLE_IN_TRANSACTION_SECONDS = (
    30  # a process that was stopped inside a transaction must not hold its locks for ever
)
CONNECT_TIMEOUT_SECONDS = 10
_HAS_CHANGES = "has_changes"  # what a session remembers of having numbered a change


class DatabaseError(Exception):
    """The database refused a statement or did not answer; the cause is SQLAlchemy's error."""


class ConstraintViolated(DatabaseError):
    """A constraint of a table refused the change, as when two transactions add the same row."""


class Database:
    """One database, SQLite or PostgreSQL. Engines are made lazily and must not cross a fork: see ``dispose``.

    ``announce`` is called after every commit that changed a job, as ``next_revision`` numbers them.
    """

    def __init__(self, url: str, announce: Callable[[], None] | None = None) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _create_engine(url, is_sqlite=self.is_sqlite)
        self._announce = announce
        self._writing = self.engine.execution_options(comic_downloads_begin="BEGIN IMMEDIATE")
        # A statement of PostgreSQL's sees what was committed when it began, in a transaction or not. Rolling one back would
        # besides make psycopg forget what it prepared, and the next claim be planned anew.
        self._reading = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that only reads: changes to its rows are not written.

        Raises DatabaseError.
        """
        with (
            _translated_errors(),
            Session(self._reading, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session that commits when the block ends and rolls back when it raises.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE), so that what it reads first
        stays true. Raises ConstraintViolated and other DatabaseErrors.
        """
        with _translated_errors(), Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()
            if self._announce is not None and session.info.get(_HAS_CHANGES):
                self._announce()

    @contextmanager
    def writing_connection(self) -> Iterator[Connection]:
        """A connection in one write transaction, for statements without tables."""
        with self._writing.begin() as connection:
            yield connection

    def dispose(self) -> None:
        """Closes all pooled connections: they must not be carried across a fork."""
        self.engine.dispose()


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise the errors of this module in place of SQLAlchemy's."""
    try:
        yield
    except IntegrityError as error:
        raise ConstraintViolated(str(error)) from error
    except SQLAlchemyError as error:
        raise DatabaseError(str(error)) from error


def _create_engine(url: str, *, is_sqlite: bool) -> Engine:
    if not is_sqlite:
        engine = create_engine(
            url,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
        )
        event.listen(engine, "connect", _configure_postgres)
        return engine
    engine = create_engine(
        url, connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False}
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _configure_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-8000",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _configure_postgres(connection: Any, _record: Any) -> None:
    connection.execute(
        f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION_SECONDS}s'"
    )
    connection.commit()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql(
        connection.get_execution_options().get("comic_downloads_begin", "BEGIN")
    )


# The time by the database's clock, as it stands while a statement runs, written as SQLAlchemy writes times.
CLOCK = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "postgresql": "statement_timestamp()"}


def database_now(session: Session) -> datetime:
    """The time by the database's clock, so that leases do not depend on how well the machines' clocks agree."""
    return session.connection().execute(select(clock_value(session))).scalar_one()


def clock_value(session: Session) -> ColumnElement[datetime]:
    """``database_now`` as an expression, for the statement that needs it."""
    return literal_column(CLOCK[session.get_bind().dialect.name], UtcDateTime())


# The number of the change that a transaction writes, as the statement that writes it finds it.
REVISION = {
    "sqlite": literal_column("(SELECT value FROM revision_counter)", BigInteger),
    "postgresql": func.nextval(literal_column("'job_revision'"), type_=BigInteger),
}


def next_revision(session: Session) -> int:
    """The next number of the one series all job changes are numbered in.

    Grows in commit order on SQLite. On PostgreSQL a transaction may commit after one with a higher number, so readers
    look back a little (see web/live/job_changes.py).
    """
    return session.connection().execute(select(revision_value(session))).scalar_one()


def revision_value(session: Session) -> ColumnElement[int]:
    """``next_revision`` as an expression for the statement that writes it."""
    session.info[_HAS_CHANGES] = True
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        session.connection().execute(text("UPDATE revision_counter SET value = value + 1"))
    return REVISION[dialect]


def shared_revision_value(session: Session) -> ColumnElement[int]:
    """``revision_value`` for a statement that changes many jobs: one number for all, as readers look back a few only."""
    return select(revision_value(session)).scalar_subquery()


def insert_if_absent(session: Session, row: SQLModel) -> bool:
    """Adds the row unless one with its key is there; True if it was added."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # what it returns says whether it was added: drivers do not agree on the row count of such an insert
    statement = (
        insert(type(row)).values(**row.model_dump()).on_conflict_do_nothing().returning(literal(1))
    )
    return session.connection().execute(statement).first() is not None
