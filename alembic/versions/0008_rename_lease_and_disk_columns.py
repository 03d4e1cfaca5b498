"""Rename columns to the terms used everywhere else; the stored values stay the same."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

RENAMED = (
    ("job", "owner", "lease_token"),
    ("job", "rendition_key", "preset_key"),
    ("job", "room_bytes", "required_disk_bytes"),
    ("worker", "room_bytes", "free_disk_bytes"),
)


def upgrade() -> None:
    for table, before, after in RENAMED:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {before} TO {after}")
    op.execute("DROP INDEX ix_job_rendition_key")
    op.create_index("ix_job_preset_key", "job", ["preset_key"])


def downgrade() -> None:
    op.execute("DROP INDEX ix_job_preset_key")
    for table, before, after in RENAMED:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {after} TO {before}")
    op.create_index("ix_job_rendition_key", "job", ["rendition_key"])
