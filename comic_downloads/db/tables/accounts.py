"""Accounts, and how their users sign in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from ..columns import Table, big_column, flag_column, reference, text_column, time_column


class UserAccount(Table, table=True):
    """An account.

    ``username_key`` is the case-folded name, so that Ann and ann are the same account.
    ``removed_at`` is when its removal began; what is left of it is deleted in batches.
    ``filename_pattern`` is its own pattern for the names of files; empty for the usual names.
    ``may_…`` are its permissions, which the owner needs none of. ``storage_quota_bytes`` is its own
    quota, 0 for no limit; without one, the setting counts.
    """

    __table_args__ = (
        CheckConstraint("role IN ('owner', 'member')", name="user_role"),
        CheckConstraint("storage_quota_bytes >= 0", name="user_quota"),
        # Two simultaneous setup requests must not create two owners.
        Index(
            "one_owner",
            "role",
            unique=True,
            sqlite_where=text("role = 'owner'"),
            postgresql_where=text("role = 'owner'"),
        ),
    )

    id: str = Field(primary_key=True)
    username: str
    username_key: str = Field(unique=True)
    password_hash: str
    role: str
    created_at: datetime = time_column()
    removed_at: datetime | None = time_column(nullable=True)
    filename_pattern: str = text_column()
    may_download: bool = flag_column(True)
    may_share: bool = flag_column(True)
    may_upload: bool = flag_column(False)
    storage_quota_bytes: int | None = big_column(None, nullable=True)


class BrowserSession(Table, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is stored.

    ``browser`` is what it calls itself, such as ``Firefox on Android``; empty if unknown.
    """

    __table_args__ = (Index("browser_session_id", "id", unique=True),)

    token_hash: str = Field(primary_key=True)
    id: str
    user_id: str = reference("user_account.id")
    browser: str = text_column()
    created_at: datetime = time_column()
    last_used_at: datetime | None = time_column(nullable=True)
    expires_at: datetime = time_column(index=True)


class SignInTicket(Table, table=True):
    """A ticket for one sign-in.

    A page gets it after the password was checked, and exchanges it for the cookie.
    """

    token_hash: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    expires_at: datetime = time_column(index=True)


class SignInFailure(Table, table=True):
    """A failed sign-in, which counts towards throttling.

    ``subject`` is an account name or a network.
    """

    __table_args__ = (Index("sign_in_failure_who", "subject", "failed_at"),)

    id: int | None = Field(default=None, primary_key=True)
    subject: str
    failed_at: datetime = time_column()


class AccessToken(Table, table=True):
    """A personal access token. Only the SHA-256 of its secret is stored."""

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    name: str
    token_hash: str = Field(unique=True)
    created_at: datetime = time_column()
    last_used_at: datetime | None = time_column(nullable=True)


class AccountLink(Table, table=True):
    """A link that works once: it creates a member, or sets a new password of an account.

    Only the SHA-256 of its token is stored.
    """

    __table_args__ = (
        CheckConstraint("kind IN ('invite', 'reset')", name="account_link_kind"),
        CheckConstraint("(kind = 'reset') = (user_id IS NOT NULL)", name="account_link_user"),
    )

    id: str = Field(primary_key=True)
    token_hash: str = Field(unique=True)
    kind: str
    user_id: str | None = reference("user_account.id", nullable=True)
    created_at: datetime = time_column()
    expires_at: datetime = time_column(index=True)
