"""Add files that need not be written, and name the bytes of every file by an entity tag."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("artifact", "job"):
        op.add_column(table, sa.Column("etag", sa.Text(), nullable=False, server_default=""))
        # Links and transfers of before the update go on with the tag they know.
        op.execute(f"UPDATE {table} SET etag = sha256 WHERE sha256 <> ''")
    op.add_column("artifact", sa.Column("layout_bytes", sa.BigInteger(), nullable=True))
    op.create_table(
        "artifact_layout",
        sa.Column("artifact_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["artifact_id"], ["artifact.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("artifact_id"),
    )


def downgrade() -> None:
    # Without its layout such a file is gone; its jobs can be prepared again.
    op.execute(
        "UPDATE job SET status = 'expired', artifact_id = NULL, progress = 0 WHERE artifact_id IN "
        "(SELECT id FROM artifact WHERE layout_bytes IS NOT NULL)"
    )
    op.execute("DELETE FROM artifact WHERE layout_bytes IS NOT NULL")
    op.drop_table("artifact_layout")
    op.drop_column("artifact", "layout_bytes")
    for table in ("job", "artifact"):
        op.drop_column(table, "etag")
