"""Mail is tested on every supported pair of database and broker, as the queue is."""

from tests.queue.conftest import backend, empty_sqlite, new_world

__all__ = ["backend", "empty_sqlite", "new_world"]
