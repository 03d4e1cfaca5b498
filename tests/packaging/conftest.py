from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from comic_downloads.db.migrations import migrate
from tests.queue.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Yield an installation on SQLite; the test itself prepares its jobs."""
    yield from installation(tmp_path)


@pytest.fixture
def other_world(tmp_path: Path) -> Iterator[World]:
    """Yield a second installation to compare with."""
    yield from installation(tmp_path / "other")


def installation(folder: Path) -> Iterator[World]:
    folder.mkdir(exist_ok=True)
    world = open_world(folder, None)
    migrate(world.context.db)
    yield world
    world.end()
