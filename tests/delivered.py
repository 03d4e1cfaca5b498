"""Record deliveries without a server, for tests of what follows from them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from comic_downloads.db.delivery import add_all_delivered
from comic_downloads.domain.ranges import ByteRange


def add_delivered(
    session: Session, job_id: str, sha256: str, ranges: Sequence[ByteRange]
) -> int | None:
    """Record the ranges as sent, and return how many distinct bytes of the file were delivered.

    Return None if the job is gone or its file has other content.
    """
    return add_all_delivered(session, {(job_id, sha256): ranges})[job_id, sha256]
