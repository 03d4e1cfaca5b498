"""Let the library be looked through by itself, and files that still grow wait."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TABLE = "library_scan"


def upgrade() -> None:
    op.add_column(
        TABLE, sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column(TABLE, sa.Column("growing", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(TABLE, sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    for column in ("look_again_at", "growing", "automatic"):
        op.drop_column(TABLE, column)
