"""A slow storage does not keep others from the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from comic_downloads.storage.blobs import BlobInfo
from comic_downloads.storage.local import LocalBlobStore
from comic_downloads.usecases.operations.maintenance import reconcile
from tests.queue.world import World, open_world

PATIENCE_SECONDS = 20.0  # The heartbeat also writes, for a moment.


class AskedStore(LocalBlobStore):
    """A local storage that checks during every call that others can write to the database."""

    database: Path
    asked = 0
    after_put: Callable[[], object] | None = None

    def stat(self, key: str) -> BlobInfo:
        with closing(sqlite3.connect(self.database, timeout=PATIENCE_SECONDS)) as connection:
            connection.execute("BEGIN IMMEDIATE")
        self.asked += 1
        return super().stat(key)

    def put_file(self, *arguments, **options) -> None:
        super().put_file(*arguments, **options)
        then, self.after_put = self.after_put, None
        if then is not None:
            then()


@pytest.fixture
def world(tmp_path: Path) -> World:
    opened = open_world(tmp_path, None)
    store = AskedStore(opened.settings.data / "storage")
    store.database = opened.settings.data / "comic_downloads.db"
    return replace(opened, context=replace(opened.context, blobs=store))


@pytest.mark.parametrize("lost", [False, True], ids=["there", "lost"])
def test_an_equal_file_that_was_stored_first_is_looked_for_before_the_transaction(
    world: World, lost: bool
):
    comic = world.add_comic("Small")
    first, second = (world.submit(world.add_user(name), comic) for name in ("ann", "bob"))
    store = world.context.blobs
    assert isinstance(store, AskedStore)

    def overtake() -> None:
        """Prepare the other job completely; then lose its file."""
        (mine,) = store.list("artifacts/")
        assert world.prepare_here()
        for blob in list(store.list("artifacts/")):
            if lost and blob.key != mine.key:
                store.delete(blob.key)

    store.after_put = overtake
    assert world.prepare_here()

    assert store.asked > 0
    assert [world.job(job).status for job in (first, second)] == ["ready", "ready"]
    assert world.row(first).artifact_id == world.row(second).artifact_id
    assert len(world.page_names(first)) == 3
    assert len(list(store.list("artifacts/"))) == 1


def test_a_lost_file_is_looked_for_before_the_transaction(world: World):
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    assert world.prepare_here()
    for blob in list(world.context.blobs.list("artifacts/")):
        world.context.blobs.delete(blob.key)

    reconcile(world.context)

    assert world.job(job).status == "expired"
