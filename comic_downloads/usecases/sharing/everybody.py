"""The shares of all other accounts, for the owner to see and to end."""

from __future__ import annotations

from dataclasses import dataclass

from ...db import shares
from ...domain.account import Account
from ...domain.errors import Forbidden, NotFound
from ..context import Context
from .shares import ShareView, revoke_share, share_view


@dataclass(frozen=True)
class OthersShare:
    """A share, and the name of the account that made it."""

    share: ShareView
    username: str


def list_others_shares(
    context: Context, account: Account, limit: int
) -> tuple[list[OthersShare], int]:
    """Return the newest shares of all other accounts, and how many there are in all.

    Raises Forbidden for all but the owner.
    """
    _require_owner(account)
    with context.db.read() as session:
        rows, total = shares.shares_of_others(session, account.id, limit)
    return [OthersShare(share_view(context, share), username) for share, username in rows], total


def end_any_share(context: Context, account: Account, share_id: str) -> None:
    """Revoke anybody's share, as its sharer would. Raises Forbidden or NotFound."""
    _require_owner(account)
    with context.db.read() as session:
        share = shares.share_by_id(session, share_id)
        if share is None or share.revoked_at is not None:
            raise NotFound("There is no such share.")
        sharer_id = share.user_id
    revoke_share(context, sharer_id, share_id)


def _require_owner(account: Account) -> None:
    if not account.is_owner:
        raise Forbidden("Only the owner can see everybody's shares.")
