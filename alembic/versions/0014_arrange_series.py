"""Let series of one title be told apart, and comics wait until they are arranged in series."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("search_text", "run"):
        op.add_column("series", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    # Until now, the key of a title had no accents.
    op.execute("UPDATE series SET search_text = title_key")
    op.add_column("comic", sa.Column("series_key", sa.Text(), nullable=False, server_default=""))
    op.add_column(
        "comic", sa.Column("arranged", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.create_index("ix_comic_series_key", "comic", ["series_key"])
    op.create_index("comic_to_arrange", "comic", ["arranged", "series_key"])


def downgrade() -> None:
    op.drop_index("comic_to_arrange", "comic")
    op.drop_index("ix_comic_series_key", "comic")
    op.drop_column("comic", "arranged")
    op.drop_column("comic", "series_key")
    op.drop_column("series", "run")
    op.drop_column("series", "search_text")
