"""Groups: requests that became several jobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Column, Field

from ..columns import Table, reference, time_column


class JobGroup(Table, table=True):
    """One request whose comics go into several files. Each file is a job with this ``group_id``.

    A group has no state of its own: its status and its progress follow from its jobs. With a
    ``share_id``, it belongs to a guest, and ``user_id`` is the owner of the share.

    Attributes:
        title: What the group is called on screens.
        filename: The name of the archive of its finished files.
        cover_comic_id: The comic whose cover stands for the group.
        request: The request as it was sent, without ``split``.
        split: How its comics are divided, as ``domain.split.parse_split`` reads it.
        request_key: Equal for requests that lead to equal files in the same order.
        idempotency_key: The key that its user chose for the request; NULL once it was removed.
    """

    __table_args__ = (
        CheckConstraint("(share_id IS NULL) = (guest_id IS NULL)", name="group_guest_of_share"),
        UniqueConstraint("user_id", "idempotency_key", name="group_idempotency"),
        Index("group_of_request", "user_id", "request_key"),
    )

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    share_id: str | None = reference("share.id", nullable=True)
    guest_id: str | None = None
    title: str
    filename: str
    format: str
    quality: str
    cover_comic_id: str
    request: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    split: str
    request_key: str
    idempotency_key: str | None = None
    created_at: datetime = time_column(index=True)
