"""Keep what lists of comics are sorted and searched by in a narrow table, and totals of series.

Triggers keep both up to date. A later migration that builds the table ``comic`` or
``comic_listing`` again in SQLite, as a batch does, has to create them again.
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COPIED = (
    "series_id",
    "title_key",
    "number_key",
    "search_text",
    "page_count",
    "size_bytes",
    "cover_version",
    "added_at",
)
_COLUMNS = ", ".join(("comic_id", *_COPIED, "is_alone", "is_damaged"))
# Changes of these columns of a comic change its row in the list.
_WATCHED = ", ".join((*_COPIED, "error", "damaged_pages", "missing_at"))


def _values(row: str) -> str:
    copied = ", ".join(f"{row}.{name}" for name in _COPIED)
    return (
        f"{row}.id, {copied}, {row}.series_id IS NULL, "
        f"({row}.error <> '' OR {row}.damaged_pages > 0)"
    )


_FILL = f"""INSERT INTO comic_listing ({_COLUMNS})
    SELECT {_values("comic")} FROM comic WHERE comic.missing_at IS NULL"""

# The first comic in reading order that has a cover.
_COVER = """(SELECT {column} FROM comic_listing AS shown
    WHERE shown.series_id = {series_id} AND shown.cover_version <> ''
    ORDER BY shown.number_key, shown.title_key, shown.comic_id LIMIT 1)"""


def _covers(series_id: str) -> str:
    comic_id = _COVER.format(column="shown.comic_id", series_id=series_id)
    version = _COVER.format(column="shown.cover_version", series_id=series_id)
    return f"cover_comic_id = {comic_id}, cover_version = coalesce({version}, '')"


def _totals(row: str, sign: str) -> str:
    """Return the change of the totals by a row that comes (+) or goes (-)."""
    return f"""UPDATE series SET comic_count = comic_count {sign} 1,
        page_count = page_count {sign} {row}.page_count,
        size_bytes = size_bytes {sign} {row}.size_bytes,
        damaged_comics = damaged_comics {sign} CASE WHEN {row}.is_damaged THEN 1 ELSE 0 END,
        {_covers(f"{row}.series_id")}
        WHERE id = {row}.series_id"""


_ALL_TOTALS = f"""UPDATE series SET
    comic_count = (SELECT count(*) FROM comic_listing AS own WHERE own.series_id = series.id),
    page_count = (SELECT coalesce(sum(own.page_count), 0) FROM comic_listing AS own
        WHERE own.series_id = series.id),
    size_bytes = (SELECT coalesce(sum(own.size_bytes), 0) FROM comic_listing AS own
        WHERE own.series_id = series.id),
    damaged_comics = (SELECT count(*) FROM comic_listing AS own
        WHERE own.series_id = series.id AND own.is_damaged),
    {_covers("series.id")}"""

_INSERT_NEW = f"""INSERT INTO comic_listing ({_COLUMNS})
    SELECT {_values("NEW")} WHERE NEW.missing_at IS NULL"""
_SQLITE_TRIGGERS = {
    "comic_comes": f"AFTER INSERT ON comic BEGIN {_INSERT_NEW}; END",
    "comic_changes": f"""AFTER UPDATE OF {_WATCHED} ON comic BEGIN
        DELETE FROM comic_listing WHERE comic_id = OLD.id; {_INSERT_NEW}; END""",
    "listing_comes": f"AFTER INSERT ON comic_listing BEGIN {_totals('NEW', '+')}; END",
    "listing_goes": f"AFTER DELETE ON comic_listing BEGIN {_totals('OLD', '-')}; END",
}
_POSTGRES_FUNCTIONS = {
    "list_comic": f"""
        IF TG_OP = 'UPDATE' THEN DELETE FROM comic_listing WHERE comic_id = OLD.id; END IF;
        {_INSERT_NEW};""",
    "total_series": f"""
        IF TG_OP = 'INSERT' THEN {_totals("NEW", "+")}; ELSE {_totals("OLD", "-")}; END IF;""",
}
_POSTGRES_TRIGGERS = {
    "comic_changes": f"""AFTER INSERT OR UPDATE OF {_WATCHED} ON comic
        FOR EACH ROW EXECUTE FUNCTION list_comic()""",
    "listing_changes": """AFTER INSERT OR DELETE ON comic_listing
        FOR EACH ROW EXECUTE FUNCTION total_series()""",
}


def upgrade() -> None:
    _add_totals()
    _add_listing()
    op.execute(_FILL)
    op.execute(_ALL_TOTALS)
    if op.get_bind().dialect.name == "sqlite":
        for name, body in _SQLITE_TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {body}")
        return
    for name, body in _POSTGRES_FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {body} RETURN NULL; END $$"
        )
    for name, body in _POSTGRES_TRIGGERS.items():
        op.execute(f"CREATE TRIGGER {name} {body}")


def _add_totals() -> None:
    for name in ("comic_count", "page_count", "damaged_comics"):
        op.add_column("series", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "series", sa.Column("size_bytes", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.add_column("series", sa.Column("cover_comic_id", sa.String(), nullable=True))
    version = sa.Column("cover_version", sa.Text(), nullable=False, server_default="")
    op.add_column("series", version)


def _add_listing() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "comic_listing",
        sa.Column("comic_id", sa.String(), nullable=False),
        sa.Column("series_id", sa.String(), nullable=True),
        sa.Column("is_alone", sa.Boolean(), nullable=False),
        sa.Column("title_key", key, nullable=False),
        sa.Column("number_key", key, nullable=False),
        sa.Column("search_text", sa.Text(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("is_damaged", sa.Boolean(), nullable=False),
        sa.Column("cover_version", sa.String(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["comic_id"], ["comic.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("comic_id"),
    )
    for name, columns in (
        ("listing_by_title", ["title_key", "number_key", "comic_id"]),
        ("listing_by_series", ["is_alone", "title_key", "number_key", "comic_id"]),
        ("listing_in_series", ["series_id", "number_key", "title_key", "comic_id"]),
        ("listing_by_age", ["added_at"]),
        ("listing_by_size", ["size_bytes"]),
        ("listing_by_pages", ["page_count"]),
    ):
        op.create_index(name, "comic_listing", columns)
    op.create_index(
        "listing_damaged",
        "comic_listing",
        ["title_key", "number_key", "comic_id"],
        sqlite_where=sa.text("is_damaged = 1"),
        postgresql_where=sa.text("is_damaged"),
    )
    wrong = sa.text("metadata_error <> ''")
    op.create_index(
        "comic_metadata_error", "comic", ["path"], sqlite_where=wrong, postgresql_where=wrong
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in _SQLITE_TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
    else:
        for name in _POSTGRES_FUNCTIONS:
            op.execute(f"DROP FUNCTION {name} CASCADE")
    op.drop_index("comic_metadata_error", "comic")
    op.drop_table("comic_listing")
    for name in (
        "cover_version",
        "cover_comic_id",
        "size_bytes",
        "damaged_comics",
        "page_count",
        "comic_count",
    ):
        op.drop_column("series", name)
