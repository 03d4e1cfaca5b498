"""Add why the metadata in a comic's own documents cannot be read."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("comic", sa.Column("metadata_error", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("comic", "metadata_error")
