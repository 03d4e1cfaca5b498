"""What every use case is handed: settings, database, storage, clock and the doorbell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..db.session import Database
from ..settings import Settings
from ..storage.blobs import BlobStore


@dataclass(frozen=True)
class Context:
    """``clock`` gives aware UTC times. ``ring`` and ``ring_scan`` wake a worker; a lost ring loses nothing but time.
    ``check_queue`` raises when the queue does not answer."""

    settings: Settings
    db: Database
    blobs: BlobStore
    clock: Callable[[], datetime]
    ring: Callable[[], None]
    ring_scan: Callable[[], None]
    check_queue: Callable[[], object]
