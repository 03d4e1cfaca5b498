"""Remember which comics users have fetched, also after the downloads were removed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_ROWS_PER_STATEMENT = 500


def upgrade() -> None:
    fetches = op.create_table(
        "comic_fetch",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("comic_id", sa.String(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["comic_id"], ["comic.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "comic_id"),
    )
    op.create_index("ix_comic_fetch_comic_id", "comic_fetch", ["comic_id"])
    op.create_index("comic_fetch_lately", "comic_fetch", ["user_id", "fetched_at"])
    rows = list(_fetched())
    for start in range(0, len(rows), _ROWS_PER_STATEMENT):
        op.bulk_insert(fetches, rows[start : start + _ROWS_PER_STATEMENT])


def _fetched() -> Iterator[dict[str, Any]]:
    """Yield each comic once that a user has fetched with a download that is still known."""
    connection = op.get_bind()
    known = set(connection.execute(sa.text("SELECT id FROM comic")).scalars())
    jobs = sa.text(
        "SELECT user_id, comics, created_at FROM job WHERE share_id IS NULL "
        "AND downloaded_bytes > 0 AND downloaded_bytes = file_size_bytes ORDER BY id DESC"
    ).columns(created_at=sa.DateTime(timezone=True))
    seen: set[tuple[str, str]] = set()
    for user_id, comics, created_at in connection.execute(jobs):
        for comic in json.loads(comics) if isinstance(comics, str) else comics:
            if comic["id"] in known and (user_id, comic["id"]) not in seen:
                seen.add((user_id, comic["id"]))
                yield {"user_id": user_id, "comic_id": comic["id"], "fetched_at": created_at}


def downgrade() -> None:
    op.drop_table("comic_fetch")
