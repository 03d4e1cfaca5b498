"""Keep lists of comics, and filters of the library, under a name."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0032"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_list",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(name) BETWEEN 1 AND 100", name="reading_list_name_length"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "name_key", name="reading_list_name"),
    )
    op.create_index("ix_reading_list_user_id", "reading_list", ["user_id"])
    op.create_table(
        "listed_book",
        sa.Column("list_id", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("comic_id", sa.String(), nullable=True),
        sa.Column("book", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "position >= 0 AND position < 10000", name="listed_book_in_bounds"
        ),
        sa.ForeignKeyConstraint(["list_id"], ["reading_list.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["comic_id"], ["comic.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("list_id", "id"),
        sa.UniqueConstraint("list_id", "position", name="listed_book_position"),
    )
    op.create_index("ix_listed_book_comic_id", "listed_book", ["comic_id"])


def downgrade() -> None:
    op.drop_table("listed_book")
    op.drop_table("reading_list")
