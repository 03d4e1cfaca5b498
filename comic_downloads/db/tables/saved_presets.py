"""What users have chosen for their downloads, to be chosen again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Column, Field

from ..columns import Table, reference, time_column


class SavedPreset(Table, table=True):
    """A user's choices for downloads under a name.

    Attributes:
        name_key: Equal for names that are the same in another case.
        choices: Fields of a download request that do not depend on its comics. They can name
            what a later version no longer offers.
        is_default: Whether it is used where nothing was chosen.
    """

    __table_args__ = (
        UniqueConstraint("user_id", "name_key", name="saved_preset_name"),
        Index(
            "one_default_preset",
            "user_id",
            unique=True,
            sqlite_where=text("is_default"),
            postgresql_where=text("is_default"),
        ),
    )

    id: str = Field(primary_key=True)
    user_id: str = reference("user_account.id")
    name: str
    name_key: str
    choices: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    is_default: bool = False
    created_at: datetime = time_column()


class LastChoice(Table, table=True):
    """What a user chose last on a screen, from which the next choice starts.

    ``choices`` are as in ``SavedPreset``, and ``preset_id`` the one that was picked.
    """

    user_id: str = reference("user_account.id", primary=True)
    choices: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    preset_id: str | None = reference("saved_preset.id", nullable=True, ondelete="SET NULL")
