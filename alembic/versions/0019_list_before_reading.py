"""Let comics be listed before their pages are read, by scans and for jobs."""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)
WITHOUT, WITH = "'waiting', 'converting'", "'waiting', 'reading', 'converting'"


def _change_phases(old: str, new: str) -> None:
    """Change the check of a job's phase.

    SQLite could only do that by copying the table, and dropping the old one would delete all rows
    that refer to it. So its text is edited, as https://www.sqlite.org/lang_altertable.html,
    section 8, describes.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.drop_constraint("job_phase", "job", type_="check")
        phases = f"{new}, 'packaging', 'verifying', 'storing', 'done'"
        op.create_check_constraint("job_phase", "job", f"phase IN ({phases})")
        return
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    edit = "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'job'"
    connection.exec_driver_sql(edit, (old, new))
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")


def upgrade() -> None:
    op.add_column("comic", sa.Column("unread_pages", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("comic", sa.Column("asked_at", TIME, nullable=True))
    op.create_index("comic_to_read", "comic", ["unread_pages"])
    op.add_column("library_scan", sa.Column("listed_at", TIME, nullable=True))
    op.add_column("library_scan", sa.Column("problems", sa.Text(), nullable=False, server_default=""))
    op.add_column("job", sa.Column("pages_read", sa.Integer(), nullable=False, server_default="0"))
    _change_phases(WITHOUT, WITH)


def downgrade() -> None:
    op.execute("UPDATE job SET phase = 'waiting' WHERE phase = 'reading'")
    _change_phases(WITH, WITHOUT)
    op.drop_column("job", "pages_read")
    op.drop_column("library_scan", "problems")
    op.drop_column("library_scan", "listed_at")
    op.drop_index("comic_to_read", "comic")
    op.drop_column("comic", "asked_at")
    op.drop_column("comic", "unread_pages")
