"""Recipients of mailed files, and the sendings to them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from ..columns import Table, reference, text_column, time_column

_UNFINISHED = text("state IN ('waiting', 'sending')")


class Recipient(Table, table=True):
    """An e-reader or another address to which an account sends files.

    Attributes:
        name_key: Equal for names that are the same in another case.
        tested_at: When a test mail was last sent to it.
    """

    __table_args__ = (
        UniqueConstraint("user_id", "name_key", name="recipient_name"),
        CheckConstraint("length(name) BETWEEN 1 AND 100", name="recipient_name_length"),
    )

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    name: str
    name_key: str
    address: str
    kind: str
    created_at: datetime = time_column()
    tested_at: datetime | None = time_column(nullable=True)


class Sending(Table, table=True):
    """One press of *Send*: a file on its way to a recipient. Name and address are as they were.

    Attributes:
        not_before: When the next attempt is due.
        lease_token: Fences the writes of the attempt that is running.
        answer: The last words of the mail server, or why there are none.
    """

    __table_args__ = (
        CheckConstraint(
            "state IN ('waiting', 'sending', 'sent', 'refused', 'failed', 'cancelled')",
            name="sending_state",
        ),
        CheckConstraint(
            "(state = 'sending') = (lease_token IS NOT NULL AND lease_until IS NOT NULL)",
            name="sending_lease",
        ),
        CheckConstraint(
            "(state IN ('waiting', 'sending')) = (ended_at IS NULL)", name="sending_end"
        ),
        Index("ix_sending_due", "state", "not_before"),
        Index(
            "one_unfinished_sending",
            "job_id",
            "recipient_id",
            unique=True,
            sqlite_where=_UNFINISHED,
            postgresql_where=_UNFINISHED,
        ),
    )

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    job_id: str = reference("job.id")
    recipient_id: str | None = reference("recipient.id", nullable=True, ondelete="SET NULL")
    name: str
    address: str
    state: str
    attempt: int = 0
    not_before: datetime = time_column()
    lease_token: str | None = None
    lease_until: datetime | None = time_column(nullable=True)
    answer: str = text_column()
    created_at: datetime = time_column()
    ended_at: datetime | None = time_column(nullable=True)
