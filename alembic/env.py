"""Configure Alembic for this database.

``comic_downloads.db.migrations`` passes a connection in. The command line does not, so it connects
by itself.
"""

from __future__ import annotations

from sqlmodel import SQLModel

from alembic import context

# This import adds the tables to the metadata.
from comic_downloads.db import tables  # noqa: F401
from comic_downloads.db.columns import UtcDateTime
from comic_downloads.db.session import Database
from comic_downloads.settings import load_settings


def _render_item(kind: str, value: object, autogen_context: object) -> str | bool:
    """Write our time type as the plain type behind it.

    Old migrations then do not depend on our code.
    """
    return (
        "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, UtcDateTime) else False
    )


def _migrate(connection: object) -> None:
    context.configure(
        connection=connection,  # pyright: ignore[reportArgumentType]
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        render_item=_render_item,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


if handed := context.config.attributes.get("connection"):
    _migrate(handed)
else:
    with Database(load_settings().sqlalchemy_url).engine.begin() as own:
        _migrate(own)
