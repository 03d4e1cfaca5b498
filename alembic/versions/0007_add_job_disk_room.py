"""Add the disk space that preparing a job takes, and drop two unused counts of scans."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("room_bytes", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE job SET room_bytes = expected_bytes")
    preparing = sa.text("status = 'preparing'")
    op.create_index("job_in_hand", "job", ["worker_id"], sqlite_where=preparing, postgresql_where=preparing)
    op.drop_column("library_scan", "comics_added")
    op.drop_column("library_scan", "comics_damaged")


def downgrade() -> None:
    op.add_column("library_scan", sa.Column("comics_damaged", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("library_scan", sa.Column("comics_added", sa.Integer(), nullable=False, server_default="0"))
    op.drop_index("job_in_hand", "job")
    op.drop_column("job", "room_bytes")
