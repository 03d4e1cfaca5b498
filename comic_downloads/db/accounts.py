"""The statements on accounts, browser sessions, tickets, access tokens and failed sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import (
    CursorResult,
    Delete,
    Row,
    Select,
    Update,
    bindparam,
    delete,
    func,
    select,
    update,
)
from sqlmodel import Session, col

from ..domain.account import Account, AccountLimits, Role, username_key
from ..domain.permission import Permission
from .artifacts import storage_used_query
from .jobs import (
    IS_UNFINISHED,
    delete_jobs,
    held_artifacts,
    lock_jobs,
    lock_user,
    locked_in_order,
    own_jobs,
)
from .session import insert_if_absent
from .tables import (
    AccessToken,
    BrowserSession,
    Job,
    Share,
    SignInFailure,
    SignInTicket,
    UserAccount,
)

# An account whose removal has begun is unknown to everything but its removal.
_IS_KNOWN = col(UserAccount.removed_at).is_(None)

# Most requests run one of these. They are built once, because that takes longer than running them.
_ACCOUNT: tuple[Any, ...] = (
    UserAccount.id,
    UserAccount.username,
    UserAccount.role,
    UserAccount.may_download,
    UserAccount.may_share,
    UserAccount.may_upload,
)
_ACCOUNT_OF_SESSION = (
    select(*_ACCOUNT, col(BrowserSession.last_used_at))
    .join(BrowserSession, col(BrowserSession.user_id) == col(UserAccount.id))
    .where(
        col(BrowserSession.token_hash) == bindparam("token_hash"),
        col(BrowserSession.expires_at) > bindparam("now"),
        _IS_KNOWN,
    )
)
_ACCOUNT_OF_TOKEN = (
    select(*_ACCOUNT, col(AccessToken.id).label("token_id"), col(AccessToken.last_used_at))
    .join(AccessToken, col(AccessToken.user_id) == col(UserAccount.id))
    .where(col(AccessToken.token_hash) == bindparam("token_hash"), _IS_KNOWN)
)
_LIMITS = select(*_ACCOUNT, col(UserAccount.storage_quota_bytes)).where(
    col(UserAccount.id) == bindparam("user_id")
)
_TOKENS_OF_USER = select(func.count()).where(col(AccessToken.user_id) == bindparam("user_id"))


@dataclass(frozen=True)
class SessionUse:
    """A browser session with which a request was sent, and its last use noted before."""

    account: Account
    last_used_at: datetime | None


@dataclass(frozen=True)
class TokenUse:
    """An access token with which a request was sent, and its last use noted before."""

    account: Account
    token_id: str
    last_used_at: datetime | None


class AccountUsage(NamedTuple):
    """What an account uses; ``storage_used_bytes`` as in ``artifacts.storage_used``."""

    storage_used_bytes: int
    active_downloads: int
    access_tokens: int
    filename_pattern: str
    storage_quota_bytes: int | None


def account_usage(session: Session, user_id: str) -> AccountUsage:
    """Return what the account uses. It takes one statement."""
    row = session.connection().execute(_account_usage(), {"user_id": user_id}).one()
    # The sum of integers is a Decimal on PostgreSQL.
    return AccountUsage(int(row[0]), row[1], row[2], row[3] or "", row[4])


@cache
def _account_usage() -> Select[*tuple[Any, ...]]:
    """Return the statement, which takes longer to build than to run."""
    user_id = bindparam("user_id")
    active = select(func.count()).select_from(Job).where(*own_jobs(user_id), IS_UNFINISHED)
    pattern = select(col(UserAccount.filename_pattern)).where(col(UserAccount.id) == user_id)
    quota = select(col(UserAccount.storage_quota_bytes)).where(col(UserAccount.id) == user_id)
    parts = (storage_used_query(), active, _TOKENS_OF_USER, pattern, quota)
    return select(*(part.scalar_subquery() for part in parts))


def owner_exists(session: Session) -> bool:
    """Return True if the account that runs the server has been created."""
    return session.scalar(select(func.count()).where(col(UserAccount.role) == Role.OWNER)) == 1


def read_one_of_each(session: Session) -> None:
    """Read a whole row of the accounts, of the sessions and of the tokens, if there are any."""
    for table in (UserAccount, BrowserSession, AccessToken):
        session.scalars(select(table).limit(1)).all()


def account_by_id(session: Session, user_id: str) -> UserAccount | None:
    """Return the account's row, or None for an unknown id."""
    return session.scalar(select(UserAccount).where(col(UserAccount.id) == user_id, _IS_KNOWN))


def account_by_name(session: Session, username: str) -> UserAccount | None:
    """Return the account's row, or None for an unknown name.

    Names are compared without case and width.
    """
    return session.scalar(
        select(UserAccount).where(
            col(UserAccount.username_key) == username_key(username), _IS_KNOWN
        )
    )


def filename_pattern(session: Session, user_id: str) -> str:
    """Return the account's pattern for file names; empty if it has none or is unknown."""
    wanted = col(UserAccount.id) == user_id
    return session.scalar(select(col(UserAccount.filename_pattern)).where(wanted)) or ""


def set_filename_pattern(session: Session, user_id: str, pattern: str) -> None:
    """Store the account's pattern for file names."""
    session.execute(
        update(UserAccount).where(col(UserAccount.id) == user_id).values(filename_pattern=pattern)
    )


def all_accounts(session: Session) -> list[Account]:
    """Return every account, the oldest first."""
    oldest_first = (col(UserAccount.created_at), col(UserAccount.id))
    rows = session.scalars(select(UserAccount).where(_IS_KNOWN).order_by(*oldest_first))
    return [account_of(row) for row in rows]


def account_of(row: UserAccount | Row[*tuple[Any, ...]]) -> Account:
    """Return the account of a row that has the columns of one."""
    granted = frozenset(one for one in Permission if getattr(row, f"may_{one}"))
    return Account(row.id, row.username, row.role, granted)


def account_limits(session: Session, user_id: str) -> AccountLimits | None:
    """Return what the account may do and use; None for an unknown id."""
    row = session.connection().execute(_LIMITS, {"user_id": user_id}).one_or_none()
    return None if row is None else _limits_of(row)


def all_limits(session: Session) -> dict[str, AccountLimits]:
    """Return what each account may do and use, by id."""
    wanted = select(*_ACCOUNT, col(UserAccount.storage_quota_bytes)).where(_IS_KNOWN)
    found = session.connection().execute(wanted)
    return {row.id: _limits_of(row) for row in found}


def _limits_of(row: Row[*tuple[Any, ...]]) -> AccountLimits:
    return AccountLimits(account_of(row).permissions, row.storage_quota_bytes)


def set_limits(session: Session, user_id: str, limits: AccountLimits) -> None:
    """Store what the account may do and use."""
    flags = {f"may_{one}": one in limits.permissions for one in Permission}
    values = {**flags, "storage_quota_bytes": limits.storage_quota_bytes}
    session.execute(update(UserAccount).where(col(UserAccount.id) == user_id).values(**values))


def add_account(session: Session, row: UserAccount) -> bool:
    """Insert the account. Return False if its name is taken or it would be a second owner."""
    return insert_if_absent(session, row)


def hide_account(session: Session, user_id: str, now: datetime) -> None:
    """Make the account unknown, as the first step of its removal.

    Its name is free, its sessions, tickets and tokens end, and its shares are revoked.
    """
    hidden = update(UserAccount).where(col(UserAccount.id) == user_id)
    # No name has a colon, so this key is nobody's.
    session.execute(hidden.values(removed_at=now, username_key=f":{user_id}"))
    delete_sessions_of(session, user_id, keep_token_hash="")
    delete_tokens_of(session, user_id)
    # The cleanup deletes expired shares, and locks them in an order of its own.
    shared = (col(Share.user_id) == user_id, col(Share.expires_at) > now)
    session.execute(
        update(Share).where(*shared, col(Share.revoked_at).is_(None)).values(revoked_at=now)
    )


def hidden_accounts(session: Session) -> list[str]:
    """Return the ids of the accounts whose removal has begun."""
    return list(session.scalars(select(col(UserAccount.id)).where(~_IS_KNOWN)))


def delete_jobs_of(session: Session, user_id: str, limit: int) -> tuple[int, set[str]]:
    """Delete some jobs of the account and of the guests of its shares, at most ``limit``.

    Return how many were deleted, and the ids of the files that they held.
    """
    some = locked_in_order(col(Job.user_id) == user_id, deleting=True).limit(limit)
    chosen = col(Job.id).in_(job_ids := list(session.scalars(some)))
    artifact_ids = held_artifacts(session, chosen)
    delete_jobs(session, chosen)
    return len(job_ids), artifact_ids


def delete_account(session: Session, user_id: str) -> set[str]:
    """Delete the account and everything that belongs to it.

    Its jobs are deleted first, because jobs are locked in a fixed order. The foreign keys delete
    the rest. Return the ids of the files that the jobs held.
    """
    of_user = col(Job.user_id) == user_id
    lock_user(session, user_id)
    # Without the lock, a job could get its file after the files were listed.
    lock_jobs(session, of_user, deleting=True)
    artifact_ids = held_artifacts(session, of_user)
    delete_jobs(session, of_user)
    session.execute(delete(UserAccount).where(col(UserAccount.id) == user_id))
    return artifact_ids


def set_password_hash(session: Session, user_id: str, password_hash: str) -> None:
    """Replace the password's hash; browser sessions and access tokens stay valid."""
    session.execute(
        update(UserAccount)
        .where(col(UserAccount.id) == user_id)
        .values(password_hash=password_hash)
    )


def account_by_session(session: Session, token_hash: str, now: datetime) -> SessionUse | None:
    """Return the account of a browser session that has not expired, or None."""
    wanted = {"token_hash": token_hash, "now": now}
    row = session.connection().execute(_ACCOUNT_OF_SESSION, wanted).one_or_none()
    if row is None:
        return None
    return SessionUse(account_of(row), row.last_used_at)


def add_session(session: Session, row: BrowserSession) -> None:
    """Insert a signed-in browser."""
    session.add(row)


def delete_session(session: Session, token_hash: str) -> None:
    """Sign out the browser that holds this session."""
    session.execute(delete(BrowserSession).where(col(BrowserSession.token_hash) == token_hash))


def delete_sessions_of(session: Session, user_id: str, *, keep_token_hash: str) -> None:
    """Sign the account out everywhere except in one session, and delete its tickets."""
    kept = col(BrowserSession.token_hash) != keep_token_hash
    session.execute(delete(BrowserSession).where(col(BrowserSession.user_id) == user_id, kept))
    session.execute(delete(SignInTicket).where(col(SignInTicket.user_id) == user_id))


def add_ticket(session: Session, row: SignInTicket) -> None:
    """Insert a one-use ticket."""
    session.add(row)


def take_ticket(session: Session, token_hash: str, now: datetime) -> str | None:
    """Delete the ticket and return its user's id, or None if it is unknown or expired."""
    taken = delete(SignInTicket).where(
        col(SignInTicket.token_hash) == token_hash, col(SignInTicket.expires_at) > now
    )
    return session.scalar(taken.returning(col(SignInTicket.user_id)))


def account_by_token(session: Session, token_hash: str) -> TokenUse | None:
    """Return the account of a personal access token, or None if the token is unknown."""
    wanted = {"token_hash": token_hash}
    row = session.connection().execute(_ACCOUNT_OF_TOKEN, wanted).one_or_none()
    if row is None:
        return None
    return TokenUse(account_of(row), row.token_id, row.last_used_at)


def tokens_of(session: Session, user_id: str) -> list[AccessToken]:
    """Return the account's access tokens, the newest first."""
    query = select(AccessToken).where(col(AccessToken.user_id) == user_id)
    return list(
        session.scalars(
            query.order_by(col(AccessToken.created_at).desc(), col(AccessToken.id).desc())
        )
    )


def count_tokens(session: Session, user_id: str) -> int:
    """Return how many access tokens the account has."""
    return session.connection().execute(_TOKENS_OF_USER, {"user_id": user_id}).scalar_one()


def add_token(session: Session, row: AccessToken) -> None:
    """Insert an access token."""
    session.add(row)


def delete_token(session: Session, user_id: str, token_id: str) -> bool:
    """Delete the access token. Return False if the account has no such token."""
    statement = delete(AccessToken).where(
        col(AccessToken.id) == token_id, col(AccessToken.user_id) == user_id
    )
    return _changed(session, statement) == 1


def delete_tokens_of(session: Session, user_id: str) -> None:
    """Delete all access tokens of the account."""
    session.execute(delete(AccessToken).where(col(AccessToken.user_id) == user_id))


def touch_token(session: Session, token_id: str, now: datetime) -> None:
    """Record when the access token was last used."""
    session.execute(
        update(AccessToken).where(col(AccessToken.id) == token_id).values(last_used_at=now)
    )


def failures_since(session: Session, subject: str, since: datetime) -> tuple[int, datetime | None]:
    """Return how many sign-ins of the subject failed after ``since``, and when the last did."""
    query = select(func.count(), func.max(col(SignInFailure.failed_at)))
    count, last = session.execute(
        query.where(col(SignInFailure.subject) == subject, col(SignInFailure.failed_at) > since)
    ).one()
    return count, last


def add_failure(session: Session, subject: str, now: datetime) -> int:
    """Record a failed sign-in and return its id."""
    failure = SignInFailure(subject=subject, failed_at=now)
    session.add(failure)
    session.flush()
    return cast(int, failure.id)


def forget_failures(session: Session, subject: str) -> None:
    """Delete all failed sign-ins of the subject."""
    session.execute(delete(SignInFailure).where(col(SignInFailure.subject) == subject))


def forget_failure(session: Session, failure_id: int) -> None:
    """Delete one failed sign-in."""
    session.execute(delete(SignInFailure).where(col(SignInFailure.id) == failure_id))


def purge_sign_ins(session: Session, now: datetime, failures_before: datetime) -> int:
    """Delete expired sessions, expired tickets and old failures; return the number of rows.

    Failures up to ``failures_before`` are deleted.
    """
    return sum(
        _changed(session, statement)
        for statement in (
            delete(BrowserSession).where(col(BrowserSession.expires_at) <= now),
            delete(SignInTicket).where(col(SignInTicket.expires_at) <= now),
            delete(SignInFailure).where(col(SignInFailure.failed_at) <= failures_before),
        )
    )


def _changed(session: Session, statement: Delete | Update) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
