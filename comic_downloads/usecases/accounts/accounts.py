"""Create and list accounts, change passwords, and report what an account uses.

The owner's account is created at the first visit; the owner then adds the members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...db import account_links, accounts
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
    InvalidCredentials,
    InvalidRequest,
    OwnerExists,
    UsernameTaken,
)
from ...domain.filename_pattern import example_filename
from ...domain.identity import new_id
from ...domain.permission import Permission
from ..context import Context
from ..quota import quota_in_force
from .devices import Lock, known_device
from .passwords import check_password, hash_password
from .rate_limit import begin_attempt


@dataclass(frozen=True)
class Summary:
    """What an account uses. A quota of 0 means no limit; ``active_downloads`` are unfinished.

    ``access_tokens`` is the number of its personal access tokens. ``filename_pattern`` names its
    files; empty for the usual names.
    """

    storage_used_bytes: int
    storage_quota_bytes: int
    active_downloads: int
    max_active_downloads: int
    access_tokens: int
    filename_pattern: str
    permissions: list[Permission]


def owner_exists(context: Context) -> bool:
    """Return whether the first account was created."""
    with context.db.read() as session:
        return accounts.owner_exists(session)


def create_owner(context: Context, username: str, password: str) -> Account:
    """Create the first account.

    Raises:
        OwnerExists: the server has its owner, perhaps through a request at the same moment.
    """
    if owner_exists(context):
        raise OwnerExists("This server already has an owner. Sign in instead.")
    return _create(context, username, password, Role.OWNER)


def create_user(context: Context, username: str, password: str, role: str = Role.MEMBER) -> Account:
    """Create an account.

    Raises:
        InvalidRequest: the name, the password or the role breaks the rules.
        UsernameTaken: another account has this name.
        OwnerExists: the role is owner, and the server has one.
    """
    if role not in set(Role):
        raise InvalidRequest(f"“{role}” is not a role. Choose one of: {', '.join(Role)}.")
    if role == Role.OWNER and owner_exists(context):
        raise OwnerExists("This server already has an owner. Add the account as a member.")
    return _create(context, username, password, Role(role))


def list_users(context: Context) -> list[Account]:
    """Return all accounts."""
    with context.db.read() as session:
        return accounts.all_accounts(session)


@dataclass(frozen=True)
class PasswordChange:
    """A request to change a password.

    ``network`` is the IP address that sent it. ``keep_session`` is the token of the session that
    stays signed in. ``cookies`` may show that the browser signed in before. ``end_tokens`` deletes
    the personal access tokens, too.
    """

    current: str = field(repr=False)
    new: str = field(repr=False)
    network: str = ""
    keep_session: str | None = field(default=None, repr=False)
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)
    end_tokens: bool = False


def change_password(context: Context, account: Account, change: PasswordChange) -> None:
    """Set a new password and end every session of the account except the one to keep.

    Links that would set another password end, too. Access tokens stay valid unless the change
    ends them.

    Raises:
        InvalidCredentials: the current password is wrong.
        RateLimited: too many attempts failed.
        InvalidRequest: the new password breaks the rules.
    """
    password = checked_password(change.new)
    with context.db.write() as session:
        row = accounts.account_by_id(session, account.id)
        lock = Lock(account.id, row.password_hash if row else "")
        device = known_device(context, lock, change.cookies)
        attempt = begin_attempt(session, context.clock(), account.username, change.network, device)
    fits, _ = check_password(change.current, row.password_hash if row else None)
    if not fits:
        raise InvalidCredentials("The current password is wrong.")
    password_hash = hash_password(password)
    with context.db.write() as session:
        attempt.succeeded(session)
        accounts.set_password_hash(session, account.id, password_hash)
        account_links.delete_links_of(session, account.id)
        accounts.delete_sessions_of(
            session, account.id, keep_token_hash=secret_hash(change.keep_session or "")
        )
        if change.end_tokens:
            accounts.delete_tokens_of(session, account.id)


def account_summary(context: Context, account: Account) -> Summary:
    """Return what the account uses, and its limits."""
    with context.db.read() as session:
        usage = accounts.account_usage(session, account.id)
    return Summary(
        storage_used_bytes=usage.storage_used_bytes,
        storage_quota_bytes=quota_in_force(context, usage.storage_quota_bytes),
        permissions=sorted(account.permissions),
        active_downloads=usage.active_downloads,
        max_active_downloads=context.settings.max_active_per_user,
        access_tokens=usage.access_tokens,
        filename_pattern=usage.filename_pattern,
    )


def filename_pattern(context: Context, account: Account) -> str:
    """Return the account's pattern for file names; empty for the usual names."""
    with context.db.read() as session:
        return accounts.filename_pattern(session, account.id)


def set_filename_pattern(context: Context, account: Account, pattern: str) -> str:
    """Store the account's pattern for the names of new files, and return an example.

    An empty pattern brings the usual names back.

    Raises:
        InvalidRequest: The pattern cannot be used.
    """
    example = example_filename(pattern)
    with context.db.write() as session:
        accounts.set_filename_pattern(session, account.id, pattern.strip())
    return example


def _create(context: Context, username: str, password: str, role: Role) -> Account:
    name = checked_username(username)
    row = new_account(context, name, hash_password(checked_password(password)), role)
    with context.db.write() as session:
        added = accounts.add_account(session, row)
    if not added:
        raise _name_or_owner_error(context, name)
    return accounts.account_of(row)


def new_account(context: Context, username: str, password_hash: str, role: Role) -> UserAccount:
    """Return the row of a new account, which is not stored yet."""
    now = context.clock()
    return UserAccount(
        id=new_id(now),
        username=username,
        username_key=username_key(username),
        password_hash=password_hash,
        role=role.value,
        created_at=now,
    )


def name_taken(username: str) -> UsernameTaken:
    """Return the error for a name that another account has."""
    return UsernameTaken(f"The username “{username}” is taken. Choose another one.")


def _name_or_owner_error(context: Context, username: str) -> Conflict:
    """Return the error for the constraint that the new account broke: unique names or one owner."""
    with context.db.read() as session:
        if accounts.account_by_name(session, username) is not None:
            return name_taken(username)
    return OwnerExists("This server already has an owner. Sign in instead.")
