"""The rows that say a scan of the library is wanted, under way or done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from ..domain.identity import new_id
from .tables import LibraryScan

SCAN_LEASE_SECONDS = 60  # a scan that has not been heard of for so long was left by a dead process
KEPT_SCANS = 20
_OLDEST_FIRST = (col(LibraryScan.requested_at), col(LibraryScan.id))


def request_scan(session: Session, now: datetime) -> str:
    """The id of the scan that waits; one is enough, however often it is asked for."""
    waiting = select(LibraryScan.id).where(
        col(LibraryScan.started_at).is_(None), col(LibraryScan.finished_at).is_(None)
    )
    known = session.exec(waiting.limit(1)).one_or_none()
    if known is not None:
        return known
    scan = LibraryScan(id=new_id(now), requested_at=now)
    session.add(scan)
    return scan.id


def claim_scan(session: Session, now: datetime) -> LibraryScan | None:
    """Takes the oldest scan that waits or was left by a dead process; None while another process scans."""
    unfinished = (
        select(LibraryScan).where(col(LibraryScan.finished_at).is_(None)).order_by(*_OLDEST_FIRST)
    )
    # the lock makes a second worker on PostgreSQL wait and see the first one's heartbeat; SQLite has one writer anyway
    scans = session.exec(
        unfinished.with_for_update().execution_options(populate_existing=True)
    ).all()
    if not scans or any(_is_alive(scan, now) for scan in scans):
        return None
    scan = scans[0]
    scan.started_at = scan.heartbeat_at = now
    scan.comics_done = scan.comics_total = 0
    return scan


def is_due(session: Session, now: datetime) -> bool:
    """True if a scan waits and no living process scans."""
    unfinished = list(
        session.exec(select(LibraryScan).where(col(LibraryScan.finished_at).is_(None)))
    )
    return bool(unfinished) and not any(_is_alive(scan, now) for scan in unfinished)


def _is_alive(scan: LibraryScan, now: datetime) -> bool:
    """True if a process works on the scan; a heartbeat far ahead of now was noted before the clock was set back."""
    return scan.heartbeat_at is not None and abs(now - scan.heartbeat_at) < timedelta(
        seconds=SCAN_LEASE_SECONDS
    )


def update_scan(
    session: Session, scan_id: str, claimed_at: datetime, values: dict[str, Any]
) -> bool:
    """Writes to a scan that is still ours, as its claim left it; False when another process has taken it over."""
    ours = update(LibraryScan).where(
        col(LibraryScan.id) == scan_id,
        col(LibraryScan.started_at) == claimed_at,
        col(LibraryScan.finished_at).is_(None),
    )
    return session.connection().execute(ours.values(values)).rowcount > 0


def latest_scans(session: Session) -> tuple[LibraryScan | None, LibraryScan | None]:
    """The scan that is wanted or under way, and the last one that finished."""
    unfinished = (
        select(LibraryScan)
        .where(col(LibraryScan.finished_at).is_(None))
        .order_by(*_OLDEST_FIRST)
        .limit(1)
    )
    finished = (
        select(LibraryScan)
        .where(col(LibraryScan.finished_at).is_not(None))
        .order_by(col(LibraryScan.finished_at).desc())
        .limit(1)
    )
    return session.exec(unfinished).one_or_none(), session.exec(finished).one_or_none()


def forget_old_scans(session: Session) -> None:
    kept = select(LibraryScan.id).order_by(col(LibraryScan.requested_at).desc()).limit(KEPT_SCANS)
    session.connection().execute(
        delete(LibraryScan).where(
            col(LibraryScan.finished_at).is_not(None), col(LibraryScan.id).not_in(kept)
        )
    )
