"""Add how many pixels each job converts, from which the time that it takes is estimated."""

from __future__ import annotations

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE job ADD COLUMN converted_pixels BIGINT DEFAULT 0 NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE job DROP COLUMN converted_pixels")
