"""Drop columns that were written and never read."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE artifact DROP COLUMN asked_at")
    op.execute("ALTER TABLE cron_slot DROP COLUMN claimed_at")


def downgrade() -> None:
    time = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    op.execute(f"ALTER TABLE artifact ADD COLUMN asked_at {time}")
    op.execute("UPDATE artifact SET asked_at = created_at")
    op.execute(f"ALTER TABLE cron_slot ADD COLUMN claimed_at {time}")
    op.execute("UPDATE cron_slot SET claimed_at = slot")
