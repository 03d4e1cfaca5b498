"""Keep which page of a comic each account has read last."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_place",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("comic_id", sa.String(), nullable=False),
        sa.Column("page_index", sa.Integer(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("page_index >= 0", name="reading_place_page"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["comic_id"], ["comic.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "comic_id"),
    )
    op.create_index("ix_reading_place_comic_id", "reading_place", ["comic_id"])


def downgrade() -> None:
    op.drop_table("reading_place")
