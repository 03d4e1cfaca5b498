"""Keep the names of people, and the words of titles with what a typo makes of them."""

from __future__ import annotations

import json
import re
import unicodedata

import sqlalchemy as sa

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ROWS_READ = 500
_WORD = re.compile(r"[^\W\d_]{4,30}")


def upgrade() -> None:
    key = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    variants = op.create_table(
        "word_variant",
        sa.Column("variant", key, nullable=False),
        sa.Column("word", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("variant", "word"),
    )
    parts = op.create_table(
        "person_name",
        sa.Column("part", key, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("part", "name"),
    )
    connection, last = op.get_bind(), ""
    some = sa.text("SELECT id, title, metadata FROM comic WHERE id > :last ORDER BY id LIMIT :rows")
    words: set[str] = set()
    names: set[str] = set()
    while rows := connection.execute(some, {"last": last, "rows": _ROWS_READ}).all():
        last = rows[-1][0]
        for _, title, metadata in rows:
            known = json.loads(metadata) if isinstance(metadata, str) else metadata
            people = [one["name"] for one in known.get("creators", ())]
            names.update(people)
            for text in (title, known.get("series", ""), *people):
                words.update(_WORD.findall(_key(text)))
    _insert(variants, [{"variant": v, "word": word} for word in words for v in _variants(word)])
    _insert(
        parts, [{"part": part[:100], "name": n} for n in names for part in set(_key(n).split())]
    )


def _insert(table: sa.Table, rows: list[dict[str, str]]) -> None:
    for start in range(0, len(rows), _ROWS_READ):
        op.bulk_insert(table, rows[start : start + _ROWS_READ])


def _key(text: str) -> str:
    """Return the text without case and accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c)).casefold()


def _variants(word: str) -> set[str]:
    return {word, *(word[:index] + word[index + 1 :] for index in range(len(word)))}


def downgrade() -> None:
    op.drop_table("person_name")
    op.drop_table("word_variant")
