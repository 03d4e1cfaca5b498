"""The migrations create the tables that the code describes, and keep their rows."""

from __future__ import annotations

from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlmodel import SQLModel, col, select

from alembic import command
from comic_downloads.db.session import Database
from comic_downloads.db.tables import DeliveredRange, Job
from tests.queue.world import World

ROOT = Path(__file__).resolve().parents[2]


def move_schema(database: Database, step: str, revision: str) -> None:
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "alembic"))
    with database.writing_connection() as connection:
        config.attributes["connection"] = connection
        getattr(command, step)(config, revision)


def test_shares_come_and_go_without_harm_to_downloads(world: World):
    view = world.submit(world.add_user("ann"), world.add_comic("Own"))
    world.prepare_here()
    with world.context.db.write() as session:
        session.add(DeliveredRange(job_id=view.id, start=0, end=10))
    world.context.db.dispose()
    move_schema(world.context.db, "downgrade", "0005")
    move_schema(world.context.db, "upgrade", "head")
    with world.context.db.read() as session:
        assert session.exec(select(col(Job.status), col(Job.share_id))).all() == [("ready", None)]
        assert len(session.exec(select(DeliveredRange)).all()) == 1


def test_the_tables_are_as_the_code_describes_them(world: World):
    with world.context.db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), SQLModel.metadata)
    if world.context.db.is_sqlite:  # SQLAlchemy does not see ON DELETE on columns added in SQLite.
        differences = [one for one in differences if one[0] not in {"add_fk", "remove_fk"}]
    assert differences == []
