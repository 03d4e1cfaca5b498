"""Keep in the list of comics what it is narrowed by: kind, year, language, direction, publisher.

As in 0021, triggers keep them up to date. A later migration that builds the table ``comic`` or
``comic_listing`` again in SQLite, as a batch does, has to create the triggers again.
"""

from __future__ import annotations

import sqlalchemy as sa

from alembic import op

revision = "0026"
down_revision = "0025"
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
_ADDED = ("kind", "year", "language", "direction", "publisher")
_WATCHED = ", ".join((*_COPIED, "error", "damaged_pages", "missing_at"))


def _added_values(row: str, *, is_sqlite: bool) -> str:
    """Return the values of ``_ADDED``. Of a language such as “en-GB” only “en” counts."""

    def known(name: str) -> str:
        if is_sqlite:
            return f"json_extract({row}.metadata, '$.{name}')"
        return f"({row}.metadata->>'{name}')"

    language = f"replace(lower(coalesce({known('language')}, '')), '_', '-')"
    if is_sqlite:
        year = f"CAST({known('year')} AS INTEGER)"
        short = f"substr({language}, 1, instr({language} || '-', '-') - 1)"
    else:
        year = f"{known('year')}::integer"
        short = f"split_part({language}, '-', 1)"
    direction = f"coalesce({known('reading_direction')}, '')"
    return f"{row}.kind, {year}, {short}, {direction}, coalesce({known('publisher')}, '')"


def _insert_new(added: tuple[str, ...], *, is_sqlite: bool) -> str:
    """Return the statement that lists a new or changed comic, with these additional columns."""
    columns = ", ".join(("comic_id", *_COPIED, "is_alone", "is_damaged", *added))
    copied = ", ".join(f"NEW.{name}" for name in _COPIED)
    more = f", {_added_values('NEW', is_sqlite=is_sqlite)}" if added else ""
    return f"""INSERT INTO comic_listing ({columns})
        SELECT NEW.id, {copied}, NEW.series_id IS NULL,
            (NEW.error <> '' OR NEW.damaged_pages > 0){more} WHERE NEW.missing_at IS NULL"""


def _replace_triggers(added: tuple[str, ...]) -> None:
    watched = f"{_WATCHED}, kind, metadata" if added else _WATCHED
    if op.get_bind().dialect.name == "sqlite":
        insert = _insert_new(added, is_sqlite=True)
        op.execute("DROP TRIGGER comic_comes")
        op.execute("DROP TRIGGER comic_changes")
        op.execute(f"CREATE TRIGGER comic_comes AFTER INSERT ON comic BEGIN {insert}; END")
        op.execute(
            f"CREATE TRIGGER comic_changes AFTER UPDATE OF {watched} ON comic BEGIN "
            f"DELETE FROM comic_listing WHERE comic_id = OLD.id; {insert}; END"
        )
        return
    op.execute("DROP TRIGGER comic_changes ON comic")
    op.execute(
        "CREATE OR REPLACE FUNCTION list_comic() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'UPDATE' THEN DELETE FROM comic_listing WHERE comic_id = OLD.id; END IF; "
        f"{_insert_new(added, is_sqlite=False)}; RETURN NULL; END $$"
    )
    op.execute(
        f"CREATE TRIGGER comic_changes AFTER INSERT OR UPDATE OF {watched} ON comic "
        "FOR EACH ROW EXECUTE FUNCTION list_comic()"
    )


def upgrade() -> None:
    for name in _ADDED:
        column = (
            sa.Column(name, sa.Integer(), nullable=True)
            if name == "year"
            else sa.Column(name, sa.Text(), nullable=False, server_default="")
        )
        op.add_column("comic_listing", column)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    op.execute(
        f"UPDATE comic_listing SET ({', '.join(_ADDED)}) = "
        f"(SELECT {_added_values('comic', is_sqlite=is_sqlite)} FROM comic "
        "WHERE comic.id = comic_listing.comic_id)"
    )
    _replace_triggers(_ADDED)
    op.create_index("listing_years", "comic_listing", ["series_id", "year"])
    op.create_index("listing_ages", "comic_listing", ["series_id", "added_at"])
    for name, column in (("one_shots_by_age", "added_at"), ("one_shots_by_size", "size_bytes")):
        op.create_index(
            name,
            "comic_listing",
            [column, "comic_id"],
            sqlite_where=sa.text("is_alone = 1"),
            postgresql_where=sa.text("is_alone"),
        )
    op.create_index("listing_of_year", "comic_listing", ["year"])
    op.create_index("listing_languages", "comic_listing", ["language"])
    op.create_index("listing_publishers", "comic_listing", ["publisher"])


def downgrade() -> None:
    for name in (
        *("listing_publishers", "listing_languages", "listing_of_year", "listing_ages", "listing_years"),
        *("one_shots_by_age", "one_shots_by_size"),
    ):
        op.drop_index(name, "comic_listing")
    _replace_triggers(())
    for name in reversed(_ADDED):
        op.drop_column("comic_listing", name)
