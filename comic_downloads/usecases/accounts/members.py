"""What the owner lets each member do, and how much storage they may use."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ...db import accounts
from ...domain.account import Account, AccountLimits
from ...domain.errors import Conflict, InvalidRequest, NotFound
from ...domain.permission import Permission
from ..context import Context
from ..quota import quota_in_force

# Beyond any disk, and within the 64 bits of the column.
MAX_QUOTA_BYTES = 10**15


@dataclass(frozen=True)
class Member:
    """An account as the owner sees it.

    Attributes:
        account: The account.
        own_quota_bytes: Its own quota; 0 without a limit, None if the server's setting counts.
        quota_bytes: The quota that counts; 0 without a limit.
    """

    account: Account
    own_quota_bytes: int | None
    quota_bytes: int


def list_members(context: Context) -> list[Member]:
    """Return all accounts, the owner's among them, the oldest first."""
    with context.db.read() as session:
        found = accounts.all_accounts(session)
        limits = accounts.all_limits(session)
    return [_member(context, one, limits[one.id]) for one in found if one.id in limits]


def set_limits(
    context: Context, user_id: str, permissions: Collection[str], quota_bytes: int | None
) -> Member:
    """Store what a member may do, and the member's own quota, or None for that of the settings.

    What was asked for before continues. Links of shares stay open; their guests get new files as
    long as the member may download.

    Raises:
        NotFound: There is no such account.
        Conflict: It is the owner's, who may do everything.
        InvalidRequest: A permission is unknown, or the quota is out of bounds.
    """
    limits = AccountLimits(_checked(permissions), _checked_quota(quota_bytes))
    with context.db.write() as session:
        row = accounts.account_by_id(session, user_id)
        if row is None:
            raise NotFound("There is no such account.")
        account = accounts.account_of(row)
        if account.is_owner:
            raise Conflict("The owner may do everything. Choose a member.")
        accounts.set_limits(session, user_id, limits)
        account = accounts.account_of(row)
    return _member(context, account, limits)


def _member(context: Context, account: Account, limits: AccountLimits) -> Member:
    own = limits.storage_quota_bytes
    return Member(account, own, quota_in_force(context, own))


def _checked(permissions: Collection[str]) -> frozenset[Permission]:
    if unknown := sorted(set(permissions) - set(Permission)):
        raise InvalidRequest(
            f"“{unknown[0]}” is not a permission. Choose from: {', '.join(Permission)}."
        )
    return frozenset(map(Permission, permissions))


def _checked_quota(quota_bytes: int | None) -> int | None:
    if quota_bytes is not None and not 0 <= quota_bytes <= MAX_QUOTA_BYTES:
        raise InvalidRequest(
            f"A quota has 0 (no limit) to {MAX_QUOTA_BYTES:,} bytes; this one has {quota_bytes:,}."
        )
    return quota_bytes
