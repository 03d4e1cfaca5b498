"""Add shares, and the jobs of their guests."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "share",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("comics", sa.JSON(), nullable=False),
        sa.Column("formats", sa.JSON(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("max_downloads", sa.BigInteger(), nullable=True),
        sa.Column("downloads_done", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("downloads_done >= 0", name="share_downloads_done"),
        sa.CheckConstraint("max_downloads IS NULL OR max_downloads > 0", name="share_max_downloads"),
        sa.CheckConstraint("expires_at > created_at", name="share_lives"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("share_of_user", "share", ["user_id", "created_at"])
    for column in ("user_id", "expires_at", "revoked_at"):
        op.create_index(f"ix_share_{column}", "share", [column])
    # This is plain SQL because Alembic adds a constraint on SQLite by copying the table and dropping
    # the old one. That would delete every row that refers to a job, because of the foreign keys.
    op.execute("ALTER TABLE job ADD COLUMN share_id VARCHAR REFERENCES share (id) ON DELETE CASCADE")
    op.execute(
        "ALTER TABLE job ADD COLUMN guest_id VARCHAR "
        "CONSTRAINT job_guest_of_share CHECK ((share_id IS NULL) = (guest_id IS NULL))"
    )
    op.create_index("ix_job_share_id", "job", ["share_id"])


def downgrade() -> None:
    op.execute("DELETE FROM job WHERE share_id IS NOT NULL")
    op.drop_index("ix_job_share_id", "job")
    op.execute("ALTER TABLE job DROP COLUMN guest_id")
    op.execute("ALTER TABLE job DROP COLUMN share_id")
    op.drop_table("share")
