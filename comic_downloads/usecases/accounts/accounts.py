"""Accounts: the owner made at the first visit, the members the owner adds, and what each has in use."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...db import accounts, artifacts, jobs
from ...db.tables import UserAccount
from ...domain.account import (
    Account,
    Role,
    checked_password,
    checked_username,
    secret_hash,
    username_key,
)
from ...domain.errors import (
    Conflict,
    Forbidden,
    InvalidCredentials,
    InvalidRequest,
    NotFound,
    OwnerExists,
    UsernameTaken,
)
from ...domain.identity import new_id
from ...domain.job import UNFINISHED
from ..artifacts import drop_if_unreferenced
from ..context import Context
from .passwords import check_password, hash_password
from .rate_limit import begin_attempt


@dataclass(frozen=True)
class Summary:
    """What an account has in use. A quota of 0 means no limit; ``active_downloads`` are unfinished."""

    storage_used_bytes: int
    storage_quota_bytes: int
    active_downloads: int
    max_active_downloads: int


def owner_exists(context: Context) -> bool:
    with context.db.read() as session:
        return accounts.owner_exists(session)


def create_owner(context: Context, username: str, password: str) -> Account:
    """Makes the first account. Raises OwnerExists once there is one, whoever else asks at the same moment."""
    if owner_exists(context):
        raise OwnerExists("This server has its owner already. Sign in instead.")
    return _create(context, username, password, Role.OWNER)


def create_user(context: Context, username: str, password: str, role: str = Role.MEMBER) -> Account:
    """Adds an account. Raises InvalidRequest for a name, password or role against the rules, UsernameTaken for a double."""
    if role not in set(Role):
        raise InvalidRequest(f"“{role}” is not a role. Choose one of: {', '.join(Role)}.")
    if role == Role.OWNER and owner_exists(context):
        raise OwnerExists("This server has its owner already; everybody else is a member.")
    return _create(context, username, password, Role(role))


def list_users(context: Context) -> list[Account]:
    with context.db.read() as session:
        return accounts.all_accounts(session)


def delete_user(context: Context, acting: Account, user_id: str) -> None:
    """Removes a member with all downloads, calling off what is under way, and frees their storage.

    Raises Forbidden unless the owner asks, Conflict for the owner's own account.
    """
    if not acting.is_owner:
        raise Forbidden("Only the owner may remove accounts.")
    with context.db.write() as session:
        row = accounts.account_by_id(session, user_id)
        if row is None:
            raise NotFound("There is no account with this id.")
        if row.role == Role.OWNER:
            raise Conflict("The owner's account cannot be removed.")
        artifact_ids = accounts.delete_account(session, user_id)
        for artifact_id in artifact_ids:
            artifacts.end_time_if_unreferenced(session, artifact_id, context.clock())
    for artifact_id in artifact_ids:
        drop_if_unreferenced(context, artifact_id)
    context.notify_workers()  # so that a worker clears up at once


@dataclass(frozen=True)
class PasswordChange:
    """A request to change a password.

    ``network`` is the IP address that sent it. ``keep_session`` is the token of the session that
    stays signed in.
    """

    current: str = field(repr=False)
    new: str = field(repr=False)
    network: str = ""
    keep_session: str | None = field(default=None, repr=False)


def change_password(context: Context, account: Account, change: PasswordChange) -> None:
    """Sets a new password and signs the account out everywhere but in the session to keep. ``network`` asks for it.

    Raises InvalidCredentials if the current password is wrong, RateLimited after repeated tries, InvalidRequest if the new
    one is against the rules.
    """
    password = checked_password(change.new)
    with context.db.write() as session:
        attempt = begin_attempt(session, context.clock(), account.username, change.network)
        row = accounts.account_by_id(session, account.id)
    fits, _ = check_password(change.current, row.password_hash if row else None)
    if not fits:
        raise InvalidCredentials("The current password is wrong.")
    password_hash = hash_password(password)
    with context.db.write() as session:
        attempt.succeeded(session)
        accounts.set_password_hash(session, account.id, password_hash)
        accounts.delete_sessions_of(
            session, account.id, keep_token_hash=secret_hash(change.keep_session or "")
        )


def account_summary(context: Context, account: Account) -> Summary:
    with context.db.read() as session:
        return Summary(
            storage_used_bytes=artifacts.storage_used(session, account.id),
            storage_quota_bytes=context.settings.storage_quota_bytes,
            active_downloads=jobs.count_of_user(session, account.id, sorted(UNFINISHED)),
            max_active_downloads=context.settings.max_active_per_user,
        )


def _create(context: Context, username: str, password: str, role: Role) -> Account:
    name = checked_username(username)
    password_hash = hash_password(checked_password(password))
    now = context.clock()
    row = UserAccount(
        id=new_id(now),
        username=name,
        username_key=username_key(name),
        password_hash=password_hash,
        role=role.value,
        created_at=now,
    )
    with context.db.write() as session:
        added = accounts.add_account(session, row)
    if not added:
        raise _refusal(context, name)
    return accounts.account_of(row)


def _refusal(context: Context, username: str) -> Conflict:
    """Which of the table's two rules, unique names and one owner, the new account broke."""
    with context.db.read() as session:
        if accounts.account_by_name(session, username) is not None:
            return UsernameTaken(f"The username “{username}” is taken. Choose another one.")
    return OwnerExists("This server has its owner already. Sign in instead.")
