"""Name the browsers of an account, and add links that create members and set passwords."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE browser_session ADD COLUMN id VARCHAR DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE browser_session ADD COLUMN browser TEXT DEFAULT '' NOT NULL")
    op.add_column(
        "browser_session", sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.execute("UPDATE browser_session SET id = substr(token_hash, 1, 32)")
    op.create_index("browser_session_id", "browser_session", ["id"], unique=True)
    op.create_table(
        "account_link",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('invite', 'reset')", name="account_link_kind"),
        sa.CheckConstraint("(kind = 'reset') = (user_id IS NOT NULL)", name="account_link_user"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("token_hash"),
    )
    op.create_index("ix_account_link_user_id", "account_link", ["user_id"])
    op.create_index("ix_account_link_expires_at", "account_link", ["expires_at"])


def downgrade() -> None:
    op.drop_table("account_link")
    op.drop_index("browser_session_id", "browser_session")
    for column in ("last_used_at", "browser", "id"):
        op.drop_column("browser_session", column)
