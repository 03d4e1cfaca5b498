"""Add groups: requests that became several jobs."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_group",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("share_id", sa.String(), nullable=True),
        sa.Column("guest_id", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("filename", sa.String(), nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("quality", sa.String(), nullable=False),
        sa.Column("cover_comic_id", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("split", sa.String(), nullable=False),
        sa.Column("request_key", sa.String(), nullable=False),
        sa.Column("idempotency_key", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(share_id IS NULL) = (guest_id IS NULL)", name="group_guest_of_share"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["share_id"], ["share.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("user_id", "idempotency_key", name="group_idempotency"),
    )
    op.create_index("group_of_request", "job_group", ["user_id", "request_key"])
    for column in ("user_id", "share_id", "created_at"):
        op.create_index(f"ix_job_group_{column}", "job_group", [column])
    # This is plain SQL because Alembic would add the foreign key on SQLite by copying the table and
    # dropping the old one, which would delete every row that refers to a job.
    op.execute(
        "ALTER TABLE job ADD COLUMN group_id VARCHAR REFERENCES job_group (id) ON DELETE SET NULL"
    )
    op.add_column(
        "job", sa.Column("group_position", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_index("ix_job_group_id", "job", ["group_id"])
    op.add_column("artifact", sa.Column("crc32", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("artifact", "crc32")
    op.drop_index("ix_job_group_id", "job")
    op.execute("ALTER TABLE job DROP COLUMN group_position")
    op.execute("ALTER TABLE job DROP COLUMN group_id")
    op.drop_table("job_group")
