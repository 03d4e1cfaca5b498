"""Add what comics say about their pages: type, bookmark, double page and key."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXTS = ("type", "bookmark", "key")


def upgrade() -> None:
    for name in TEXTS:
        op.add_column("page", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.add_column("page", sa.Column("double_page", sa.Boolean(), nullable=True))
    op.add_column("comic", sa.Column("deleted_pages", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("comic", "deleted_pages")
    op.drop_column("page", "double_page")
    for name in TEXTS:
        op.drop_column("page", name)
