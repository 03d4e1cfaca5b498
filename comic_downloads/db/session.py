"""The database: its engine, transactions, clock and revision counter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
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
    make_url,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, SQLModel

from .columns import UtcDateTime
from .database_version import DatabaseVersion
from .errors import translated

# How long a change waits for others, on SQLite for the write lock and everywhere for a connection,
# before it is answered with DatabaseBusy. The longest changes take half of it.
BUSY_TIMEOUT_SECONDS = 10
# A process that was stopped inside a transaction must not hold its locks for ever.
IDLE_IN_TRANSACTION_SECONDS = 30
CONNECT_TIMEOUT_SECONDS = 10
# The key in a session's info that is set once it has taken a revision number.
_HAS_CHANGES = "has_changes"
_ANYTHING: TypeAdapter[Any] = TypeAdapter(Any)


class Database:
    """A connection pool to one database, SQLite or PostgreSQL.

    Connections are opened when they are needed. They must not cross a fork: see ``dispose``.

    Args:
        url: The database's address for SQLAlchemy.
        announce: Called after every commit of a transaction that took a revision number.
        make_room: Called before every connect and every change; may free disk space for them.
    """

    def __init__(
        self,
        url: str,
        announce: Callable[[], None] | None = None,
        make_room: Callable[[], None] = lambda: None,
    ) -> None:
        self.url = url
        self._make_room = make_room
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _create_engine(url, is_sqlite=self.is_sqlite)
        self._announce = announce
        self.version = DatabaseVersion(self.sqlite_file)
        event.listen(self.engine, "do_connect", lambda *_: make_room())
        self._writing = self.engine.execution_options(comic_downloads_begin="BEGIN IMMEDIATE")
        # On PostgreSQL, a statement sees what was committed before it began, even outside of a
        # transaction, so reads need none. Rolling one back would also discard the statements that
        # psycopg has prepared, and the next claim would have to be planned again.
        self._reading = (
            self.engine
            if self.is_sqlite
            else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that only reads: changes to its rows are not written.

        Raises:
            DatabaseError: A statement was refused, or the database did not answer; see db/errors.
        """
        with (
            _translated_errors(),
            Session(self._reading, expire_on_commit=False, autoflush=False) as session,
        ):
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a session that commits when the block ends and rolls back when it raises.

        On SQLite, the session takes the write lock at once (BEGIN IMMEDIATE), so that what it reads
        first stays true.

        Raises:
            ConstraintViolated: A constraint of a table refused a change.
            DatabaseError: A statement was refused, or the database did not answer.
        """
        self._make_room()
        with _translated_errors(), Session(self._writing, expire_on_commit=False) as session:
            yield session
            session.commit()
            if self._announce is not None and session.info.get(_HAS_CHANGES):
                self._announce()

    @contextmanager
    def writing_connection(self) -> Iterator[Connection]:
        """Open a connection in one write transaction, for statements without tables.

        Raises the errors of ``write``.
        """
        self._make_room()
        with _translated_errors(), self._writing.begin() as connection:
            yield connection

    @property
    def sqlite_file(self) -> Path | None:
        """The file of a SQLite database; None for PostgreSQL."""
        name = self.engine.url.database if self.is_sqlite else None
        # SQLAlchemy passes names of the form file:PATH?PARAMETERS on to SQLite.
        return Path(name.removeprefix("file:").partition("?")[0]) if name else None

    def journal_mode(self) -> str:
        """Return the journal mode in which SQLite works: ``wal``, if its disk allows that."""
        with self.read() as session:
            return session.connection().exec_driver_sql("PRAGMA journal_mode").scalar_one()

    def drop_cached_pages(self, session: Session) -> None:
        """Free the pages that SQLite keeps after a long read, up to 8 MB; PostgreSQL keeps none."""
        if self.is_sqlite:
            session.connection().exec_driver_sql("PRAGMA shrink_memory")

    def dispose(self) -> None:
        """Close all connections. Call it before a fork, which must not carry them over."""
        self.version.close()
        self.engine.dispose()


def without_password(url: str) -> str:
    """Return a database's address as it may be shown."""
    return make_url(url).render_as_string(hide_password=True)


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise a DatabaseError in place of SQLAlchemy's errors."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translated(error) from error


def _create_engine(url: str, *, is_sqlite: bool) -> Engine:
    if not is_sqlite:
        engine = create_engine(
            url,
            json_deserializer=_value_of_json,
            pool_pre_ping=True,
            pool_size=10,
            max_overflow=20,
            pool_timeout=BUSY_TIMEOUT_SECONDS,
            connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS},
        )
        event.listen(engine, "connect", _configure_postgres)
        return engine
    engine = create_engine(
        url,
        json_deserializer=_value_of_json,
        pool_timeout=BUSY_TIMEOUT_SECONDS,
        connect_args={"timeout": BUSY_TIMEOUT_SECONDS, "check_same_thread": False},
    )
    event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _value_of_json(text: str | bytes) -> Any:
    """Return the value of a JSON column, in half of the time that ``json`` takes."""
    try:
        return _ANYTHING.validate_json(text)
    except ValueError:
        # Names of files that are not in Unicode have unpaired surrogates, which only it allows.
        return json.loads(text)


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # Keep the driver from beginning transactions by itself: _begin_sqlite does so.
    connection.isolation_level = None
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


# The time of the database's clock when a statement runs, in the format that SQLAlchemy stores.
CLOCK = {"sqlite": "strftime('%Y-%m-%d %H:%M:%f000', 'now')", "postgresql": "statement_timestamp()"}


def database_now(session: Session) -> datetime:
    """Return the time of the database's clock.

    Leases use it, because the clocks of several machines may differ.
    """
    return session.connection().execute(select(clock_value(session))).scalar_one()


def clock_value(session: Session) -> ColumnElement[datetime]:
    """Return ``database_now`` as an expression to use in a statement."""
    return literal_column(CLOCK[session.get_bind().dialect.name], UtcDateTime())


# The expression for the next revision number, in the statement that writes it.
REVISION = {
    "sqlite": literal_column("(SELECT value FROM revision_counter)", BigInteger),
    "postgresql": func.nextval(literal_column("'job_revision'"), type_=BigInteger),
}


def next_revision(session: Session) -> int:
    """Take the next number of the one sequence that numbers all changes of jobs.

    On SQLite, numbers grow in the order of commits. On PostgreSQL, a transaction may commit after
    another one with a higher number, so readers look back a little (see web/live/job_changes.py).
    """
    return session.connection().execute(select(revision_value(session))).scalar_one()


def revision_value(session: Session) -> ColumnElement[int]:
    """Return ``next_revision`` as an expression for the statement that writes it."""
    session.info[_HAS_CHANGES] = True
    dialect = session.get_bind().dialect.name
    if dialect == "sqlite":
        session.connection().execute(text("UPDATE revision_counter SET value = value + 1"))
    return REVISION[dialect]


def shared_revision_value(session: Session) -> ColumnElement[int]:
    """Return ``revision_value`` for a statement that changes many jobs.

    All of them get the same number, because readers look back over a few numbers only.
    """
    return select(revision_value(session)).scalar_subquery()


def insert_if_absent(session: Session, row: SQLModel) -> bool:
    """Insert the row unless one with its key exists. Return True if it was inserted."""
    # A returned row means that it was inserted. Drivers differ in the row count of such an insert.
    statement = (
        _insert(session, type(row))
        .values(**row.model_dump())
        .on_conflict_do_nothing()
        .returning(literal(1))
    )
    return session.connection().execute(statement).first() is not None


def insert_absent(session: Session, rows: Sequence[SQLModel], key: str) -> set[str]:
    """Insert those of the rows of one table whose keys do not exist, many in a statement.

    ``key`` names a unique column of text. Return the keys of the rows that were inserted.
    """
    if not rows:
        return set()
    insert = _insert(session, type(rows[0])).on_conflict_do_nothing()
    # Two transactions that insert the same keys in different orders would wait for each other.
    values = sorted((row.model_dump() for row in rows), key=itemgetter(key))
    inserted = session.connection().execute(insert.returning(literal_column(key)), values)
    return set(inserted.scalars())


def insert_all_absent(session: Session, rows: Sequence[SQLModel]) -> None:
    """Insert those of the rows of one table whose keys do not exist. The rows are sorted by key."""
    if rows:
        statement = _insert(session, type(rows[0])).on_conflict_do_nothing()
        session.connection().execute(statement, [row.model_dump() for row in rows])


def insert_or_touch(
    session: Session, rows: Sequence[SQLModel], key: Sequence[str], changed: Sequence[str]
) -> None:
    """Insert the rows of one table; of those whose keys exist, write the changed columns."""
    if not rows:
        return
    insert = _insert(session, type(rows[0]))
    newest = {name: insert.excluded[name] for name in changed}
    statement = insert.on_conflict_do_update(index_elements=list(key), set_=newest)
    session.connection().execute(statement, [row.model_dump() for row in rows])


def _insert(session: Session, table: type[SQLModel]) -> sqlite.Insert | postgresql.Insert:
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)
