"""Index the jobs that wait by user, so that counting them reads the index alone."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("status = 'queued'")
    op.create_index(
        "job_waiting",
        "job",
        ["user_id", "share_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def downgrade() -> None:
    op.drop_index("job_waiting", "job")
