"""Add the free disk space of workers, and drop the worker's job.

The row of the job already says which worker prepares it.
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("worker") as worker:
        worker.drop_column("job_id")
        worker.add_column(sa.Column("room_bytes", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("worker") as worker:
        worker.drop_column("room_bytes")
        worker.add_column(sa.Column("job_id", sa.String(), nullable=True))
