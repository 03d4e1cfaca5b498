"""Say why there is no file of a download yet, and when to ask again."""

from __future__ import annotations

from typing import Protocol

from ...domain.errors import NotReady, StillPreparing
from ...domain.job import JobStatus

# Clients come back after the time that the rest is expected to take, within these.
RETRY_AFTER_SECONDS = (2, 120)
UNKNOWN_SECONDS = 15
GOES_ON = frozenset({JobStatus.QUEUED, JobStatus.PREPARING})


class Download(Protocol):
    """A download as its user or a guest sees it."""

    @property
    def status(self) -> str:
        """Its status."""
        ...

    @property
    def filename(self) -> str:
        """The name of its file."""
        ...

    @property
    def progress(self) -> int:
        """How much is done, in percent."""
        ...

    @property
    def eta_seconds(self) -> int | None:
        """The time that the rest is expected to take, if that is known."""
        ...


def check_finished(download: Download) -> None:
    """Raise StillPreparing if the file is still to come, and NotReady if it was cancelled."""
    name = f"“{download.filename}”"
    if download.status in GOES_ON:
        least, most = RETRY_AFTER_SECONDS
        raise StillPreparing(
            f"{name} is being prepared: {download.progress} % are done. Ask again in a moment.",
            retry_after_seconds=max(least, min(download.eta_seconds or UNKNOWN_SECONDS, most)),
        )
    if download.status == JobStatus.PAUSED:
        raise StillPreparing(
            f"{name} is paused. It continues once it is resumed.",
            retry_after_seconds=RETRY_AFTER_SECONDS[1],
        )
    if download.status == JobStatus.CANCELLED:
        raise NotReady(f"{name} was cancelled. Ask again to prepare it.")
