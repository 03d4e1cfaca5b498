"""Let the owner decide what each member may do, and how much storage they have."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_GRANTED = {"may_download": sa.true(), "may_share": sa.true(), "may_upload": sa.false()}


def upgrade() -> None:
    for name, granted in _GRANTED.items():
        op.add_column(
            "user_account", sa.Column(name, sa.Boolean(), nullable=False, server_default=granted)
        )
    # Alembic would copy the table, and with it delete on SQLite what refers to it.
    op.execute(
        "ALTER TABLE user_account ADD COLUMN storage_quota_bytes BIGINT "
        "CONSTRAINT user_quota CHECK (storage_quota_bytes >= 0)"
    )


def downgrade() -> None:
    for name in ("storage_quota_bytes", *_GRANTED):
        op.drop_column("user_account", name)
