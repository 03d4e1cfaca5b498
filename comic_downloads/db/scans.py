"""Statements about scans of the library: requested, running and finished ones."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from ..domain.identity import new_id
from .tables import LibraryScan

# The process of a scan is considered dead after this time without a heartbeat.
SCAN_LEASE_SECONDS = 60
KEPT_SCANS = 20
_OLDEST_FIRST = (col(LibraryScan.requested_at), col(LibraryScan.id))


def request_scan(session: Session, now: datetime, *, automatic: bool = False) -> str:
    """Return the id of the scan that waits to start; request one if there is none.

    A scan that has listed all comics and waits to read their pages is another one. A scan that
    somebody asks for is no longer ``automatic``.
    """
    waiting = select(LibraryScan).where(
        col(LibraryScan.started_at).is_(None),
        col(LibraryScan.finished_at).is_(None),
        col(LibraryScan.listed_at).is_(None),
    )
    known = session.exec(waiting.limit(1)).one_or_none()
    if known is not None:
        known.automatic = known.automatic and automatic
        return known.id
    scan = LibraryScan(id=new_id(now), requested_at=now, automatic=automatic)
    session.add(scan)
    return scan.id


def look_is_due(session: Session, now: datetime, every_seconds: int) -> bool:
    """Return True if no scan is about to list the library, and the last one is long ago.

    Before the first one nothing is due, because a worker requests a scan when it starts.
    """
    listing = select(LibraryScan.id).where(
        col(LibraryScan.finished_at).is_(None), col(LibraryScan.listed_at).is_(None)
    )
    if session.exec(listing.limit(1)).one_or_none() is not None:
        return False
    looked_at = func.coalesce(col(LibraryScan.listed_at), col(LibraryScan.finished_at))
    last = session.exec(select(LibraryScan).order_by(looked_at.desc()).limit(1)).one_or_none()
    if last is None:
        return False
    if last.look_again_at is not None and now >= last.look_again_at:
        return True
    since = last.listed_at or last.finished_at or now
    return now >= since + timedelta(seconds=every_seconds)


def claim_scan(session: Session, now: datetime) -> LibraryScan | None:
    """Start the oldest scan that waits or whose process died.

    Return None if there is none, or while another process is scanning.
    """
    unfinished = (
        select(LibraryScan).where(col(LibraryScan.finished_at).is_(None)).order_by(*_OLDEST_FIRST)
    )
    # On PostgreSQL, the lock makes a second worker wait until it can see the first one's heartbeat.
    # SQLite has only one writer at a time.
    scans = session.exec(
        unfinished.with_for_update().execution_options(populate_existing=True)
    ).all()
    if not scans or any(_is_alive(scan, now) for scan in scans):
        return None
    scan = scans[0]
    scan.started_at = scan.heartbeat_at = now
    return scan


def is_due(session: Session, now: datetime) -> bool:
    """Return True if a scan waits and no living process is scanning."""
    unfinished = list(
        session.exec(select(LibraryScan).where(col(LibraryScan.finished_at).is_(None)))
    )
    return bool(unfinished) and not any(_is_alive(scan, now) for scan in unfinished)


def _is_alive(scan: LibraryScan, now: datetime) -> bool:
    """Return True if a process is working on the scan.

    A heartbeat far in the future was written before the clock was set back, and does not count.
    """
    return scan.heartbeat_at is not None and abs(now - scan.heartbeat_at) < timedelta(
        seconds=SCAN_LEASE_SECONDS
    )


def update_scan(
    session: Session, scan_id: str, claimed_at: datetime, values: dict[str, Any]
) -> bool:
    """Write to a scan that this process claimed at ``claimed_at``.

    Return False if the scan has finished or another process has taken it over.
    """
    ours = update(LibraryScan).where(
        col(LibraryScan.id) == scan_id,
        col(LibraryScan.started_at) == claimed_at,
        col(LibraryScan.finished_at).is_(None),
    )
    return session.connection().execute(ours.values(values)).rowcount > 0


def another_waits(session: Session, scan_id: str) -> bool:
    """Return True if a scan besides this one is not finished."""
    other = select(LibraryScan.id).where(
        col(LibraryScan.finished_at).is_(None), col(LibraryScan.id) != scan_id
    )
    return session.exec(other.limit(1)).one_or_none() is not None


def problems_of(session: Session, scan_id: str) -> str:
    """Return what this scan could not list, a line each."""
    return session.exec(select(LibraryScan.problems).where(LibraryScan.id == scan_id)).one()


def latest_scans(session: Session) -> tuple[LibraryScan | None, LibraryScan | None]:
    """Return the scan that waits or runs, and the last one that finished; either may be None."""
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
    """Delete all finished scans except the latest ones."""
    kept = select(LibraryScan.id).order_by(col(LibraryScan.requested_at).desc()).limit(KEPT_SCANS)
    session.connection().execute(
        delete(LibraryScan).where(
            col(LibraryScan.finished_at).is_not(None), col(LibraryScan.id).not_in(kept)
        )
    )
