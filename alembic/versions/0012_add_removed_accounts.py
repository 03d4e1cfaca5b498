"""Note which accounts are being removed, so that an interrupted removal can be continued."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    time = "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "DATETIME"
    op.execute(f"ALTER TABLE user_account ADD COLUMN removed_at {time}")


def downgrade() -> None:
    # Without the column these would be accounts again.
    op.execute("DELETE FROM user_account WHERE removed_at IS NOT NULL")
    op.execute("ALTER TABLE user_account DROP COLUMN removed_at")
