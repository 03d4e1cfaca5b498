"""Add what matters to the files that the image of a page goes into."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("page", sa.Column("traits", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("page", "traits")
