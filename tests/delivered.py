"""Deliveries noted without a server, for tests of what is made of them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from comic_downloads.db.deliveries import add_all_delivered
from comic_downloads.domain.ranges import ByteRange


def add_delivered(
    session: Session, job_id: str, sha256: str, ranges: Sequence[ByteRange]
) -> int | None:
    """Note the ranges as sent; return how many different bytes of the file have been delivered.

    Return None if the job is gone or its file has another content.
    """
    return add_all_delivered(session, {(job_id, sha256): ranges})[job_id, sha256]
