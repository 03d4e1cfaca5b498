"""Change shares after they were made; their address and their comics stay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from ...db import accounts, jobs, shares
from ...domain import share as rules
from ...domain.account import checked_password
from ...domain.permission import Permission, require
from ..accounts.passwords import hash_password
from ..context import Context
from .shares import ShareView, own_share, share_view


def change_share(
    context: Context, user_id: str, share_id: str, changes: Mapping[str, Any]
) -> ShareView:
    """Change what is named: fields of ``ShareRequest`` except the comics, and ``title``.

    A new end counts from now, so that an expired share can open again. After a change of the
    password, guests must enter the new one. Files that guests have prepared stay.

    Raises:
        InvalidRequest: a value breaks the rules.
        InvalidFormat: a format is unknown.
        Forbidden: the owner has taken the permission away.
        NotFound: the user has no such share.
    """
    now = context.clock()
    # Before the transaction, because passwords take long to hash.
    columns = dict(_COLUMNS[name](value, now) for name, value in changes.items())
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        limits = accounts.account_limits(session, user_id)
        require(Permission.SHARE, limits.permissions if limits else ())
        share = own_share(session, user_id, share_id)
        if columns:
            shares.change_share(session, share, columns)
        return share_view(context, share)


def _password(password: str, _: datetime) -> tuple[str, str]:
    return "password_hash", hash_password(checked_password(password)) if password else ""


def _end(seconds: int, now: datetime) -> tuple[str, datetime]:
    return "expires_at", now + timedelta(seconds=rules.checked_life(seconds))


_COLUMNS: Mapping[str, Callable[[Any, datetime], tuple[str, Any]]] = {
    "title": lambda title, _: ("title", rules.checked_title(title)),
    "password": _password,
    "expires_in_seconds": _end,
    "max_downloads": lambda number, _: ("max_downloads", rules.checked_max_downloads(number)),
    "formats": lambda names, _: ("formats", rules.checked_formats(names)),
    "reader": lambda reader, _: ("reader", reader),
}
