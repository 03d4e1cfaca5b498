"""Translate the errors of SQLAlchemy and its drivers into the domain's tree."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoFreeConnection

from ..domain.errors import (
    ConstraintViolated,
    DatabaseBusy,
    DatabaseDamaged,
    DatabaseError,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseUnavailable,
)

# https://www.sqlite.org/rescode.html; the lower byte of a result code is its kind.
_SQLITE_KINDS: dict[int, type[DatabaseError]] = {
    sqlite3.SQLITE_BUSY: DatabaseBusy,
    sqlite3.SQLITE_LOCKED: DatabaseBusy,
    sqlite3.SQLITE_FULL: DatabaseFull,
    sqlite3.SQLITE_READONLY: DatabaseReadOnly,
    sqlite3.SQLITE_PERM: DatabaseReadOnly,
    sqlite3.SQLITE_CORRUPT: DatabaseDamaged,
    sqlite3.SQLITE_NOTADB: DatabaseDamaged,
    sqlite3.SQLITE_IOERR: DatabaseUnavailable,
    sqlite3.SQLITE_CANTOPEN: DatabaseUnavailable,
    sqlite3.SQLITE_PROTOCOL: DatabaseUnavailable,
    sqlite3.SQLITE_NOMEM: DatabaseUnavailable,
}
# The index of the write-ahead log could not grow, for which a full disk is the usual reason.
_SQLITE_FULL = frozenset({sqlite3.SQLITE_IOERR_SHMSIZE})
# https://www.postgresql.org/docs/current/errcodes-appendix.html; the first two characters of a code
# are its class. The longest entry that a code begins with counts.
_POSTGRES_KINDS: dict[str, type[DatabaseError]] = {
    "08": DatabaseUnavailable,  # The connection failed.
    "25006": DatabaseReadOnly,
    "25P03": DatabaseUnavailable,  # The transaction was idle for too long.
    "40001": DatabaseBusy,
    "40P01": DatabaseBusy,
    "53": DatabaseUnavailable,  # Too many connections, or no memory.
    "53100": DatabaseFull,
    "55P03": DatabaseBusy,
    "57P": DatabaseUnavailable,  # The server is starting or shutting down.
    "58030": DatabaseUnavailable,  # The disk fails.
    "XX001": DatabaseDamaged,
    "XX002": DatabaseDamaged,
}


def translated(error: SQLAlchemyError) -> DatabaseError:
    """Return the domain's error for one of SQLAlchemy's, with the driver's words as its reason."""
    if isinstance(error, NoFreeConnection):
        return DatabaseBusy(str(error))
    if not isinstance(error, DBAPIError):
        return DatabaseError(str(error))
    # Without the statement and its values, which may hold what must not be logged.
    reason = " ".join(str(error.orig).split())
    if isinstance(error, IntegrityError):
        return ConstraintViolated(reason)
    return _kind(error)(reason)


def _kind(error: DBAPIError) -> type[DatabaseError]:
    if error.connection_invalidated:
        return _postgres_kind(_sqlstate(error)) or DatabaseUnavailable
    if isinstance(error.orig, sqlite3.Error):
        # The attribute is missing in errors of the module itself.
        return _sqlite_kind(getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR))
    if kind := _postgres_kind(_sqlstate(error)):
        return kind
    # Without a code the server was not reached.
    no_answer = not _sqlstate(error) and isinstance(error, OperationalError)
    return DatabaseUnavailable if no_answer else DatabaseError


def _sqlite_kind(code: int) -> type[DatabaseError]:
    return DatabaseFull if code in _SQLITE_FULL else _SQLITE_KINDS.get(code & 0xFF, DatabaseError)


def _sqlstate(error: DBAPIError) -> str:
    return getattr(error.orig, "sqlstate", None) or ""


def _postgres_kind(sqlstate: str) -> type[DatabaseError] | None:
    prefixes = (sqlstate[:length] for length in range(len(sqlstate), 1, -1))
    return next((_POSTGRES_KINDS[prefix] for prefix in prefixes if prefix in _POSTGRES_KINDS), None)
