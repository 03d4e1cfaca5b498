"""Comics that guests may download without an account."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, false
from sqlmodel import Column, Field

from ..columns import Table, big_column, reference, time_column


class Share(Table, table=True):
    """Which comics guests may download, and how often.

    The comics are fixed when the share is created. The token in its address is not stored, because
    it is derived from the id. An empty ``password_hash`` means that there is no password.
    ``reader`` says whether guests may read the comics in the browser.
    """

    __table_args__ = (
        CheckConstraint("downloads_done >= 0", name="share_downloads_done"),
        CheckConstraint("max_downloads IS NULL OR max_downloads > 0", name="share_max_downloads"),
        CheckConstraint("expires_at > created_at", name="share_lives"),
        Index("share_of_user", "user_id", "created_at"),
    )

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    title: str
    # Objects with the keys "id" and "title".
    comics: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    formats: list[Any] = Field(sa_column=Column(JSON, nullable=False))
    password_hash: str = ""
    reader: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    max_downloads: int | None = big_column(None, nullable=True)
    downloads_done: int = big_column()
    created_at: datetime = time_column()
    expires_at: datetime = time_column(index=True)
    revoked_at: datetime | None = time_column(nullable=True, index=True)
