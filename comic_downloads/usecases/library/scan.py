"""Update the library from its folder, in a worker process."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ...db import comic_moves, library_changes, scans
from ...db.library_changes import KnownComic
from ...db.tables import LibraryScan
from ...domain.errors import ComicDownloadsError, ComicUnreadable, DatabaseError, LibraryAway
from ...domain.library import ScannedComic
from ...library.demo import add_demo_comics
from ...library.presence import KnownMounts, away_message, is_away
from ...library.scanner import Findings, FoundComic, find_comics, read_comic, unreadable_comic
from ...packaging import images
from ..context import Context
from .arrange import arrange_series
from .moves import GoneComics, Known, moved_comics
from .page_images import cover_image

HEARTBEAT_SECONDS = 5
# New comics are arranged in series this often, and for at most a twentieth of the time.
ARRANGE_SECONDS = 5
ARRANGE_PAUSE = 20
MAX_PROBLEMS_KEPT = 100
MAX_CRASHES = 2  # A single one may be a power failure.
# The prefix of the scan row's note about the comic being read, for the next worker after a crash.
_READING = "reading "
_CRASHED = (
    "Reading it crashed the program twice, so it is skipped until the file changes. "
    "Pack it again, for example as a CBZ."
)
_FAILED = (
    "Reading it failed for a reason that this program does not know; the log has the details. "
    "The next scan tries again."
)

log = logging.getLogger(__name__)


class _Stopped(Exception):
    """The worker must stop; the scan is queued again."""


class _TakenOver(Exception):
    """Another process has taken over the scan."""


def request_scan(context: Context) -> str:
    """Queue a scan of the library folder, and return its id; a waiting scan is reused."""
    with context.db.write() as session:
        scan_id = scans.request_scan(session, context.clock())
    context.notify_scan()
    return scan_id


def run_requested_scans(context: Context, should_stop: Callable[[], bool]) -> int:
    """Run the queued scans, and return how many were finished here.

    Only one scan runs at a time in all processes. ``should_stop`` is called between pages; a
    stopped scan is queued again and keeps what it has read.
    """
    done = 0
    while not should_stop():
        with context.db.write() as session:
            row = scans.claim_scan(session, context.clock())
        if row is None or row.started_at is None:
            break
        scan = _Scan(context, row, row.started_at, should_stop)
        try:
            scan.run()
        except _TakenOver:
            log.warning(
                "Scan taken over by another process",
                extra={"action": "scan_lost", "scan_id": row.id},
            )
            break
        except _Stopped:
            scan.put_back()
            break
        done += 1
    return done


@dataclass
class _Scan:
    """One claimed scan. Writes carry ``claimed_at``, so that those of an older claim fail."""

    context: Context
    row: LibraryScan
    claimed_at: datetime
    should_stop: Callable[[], bool]
    done: int = 0
    last_heartbeat_at: datetime = field(init=False)
    arrange_at: float = field(init=False)
    moved: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.last_heartbeat_at = self.claimed_at
        self.arrange_at = self.context.monotonic() + ARRANGE_SECONDS

    def run(self) -> None:
        """Scan the whole library. Raises _Stopped or _TakenOver."""
        known = self._known()
        try:
            self._add_demo(known)
            findings = self._find(known)
        except (ComicUnreadable, LibraryAway) as error:
            log.warning("%s", error.detail, extra={"action": "scan", "scan_id": self.row.id})
            self._finish([error.detail])
            return
        self._write(comics_total=len(findings.comics))
        known = self._follow_moves(known, findings)
        gone = GoneComics(self._gone(known, findings), self._page_digests)
        for found in findings.comics:
            self._check()
            self._bring_up_to_date(found, known.get(found.path), gone)
            self._arrange_if_due()
        self._remove_missing(findings, known)
        self._finish([f"{problem.path}: {problem.reason}" for problem in findings.problems])

    def _arrange_if_due(self) -> None:
        """Let new comics appear in their series during a long scan, in a small part of its time."""
        now = self.context.monotonic()
        if now >= self.arrange_at:
            arrange_series(self.context, self._check)
            done_at = self.context.monotonic()
            self.arrange_at = done_at + max(ARRANGE_SECONDS, ARRANGE_PAUSE * (done_at - now))

    def put_back(self) -> None:
        """Queue the scan again, unless another process has taken it over."""
        with self.context.db.write() as session:
            values = {"started_at": None, "heartbeat_at": None, "error": ""}
            scans.update_scan(session, self.row.id, self.claimed_at, values)

    def _find(self, known: Known) -> Findings:
        """Walk through the library folder.

        Raises:
            ComicUnreadable: The folder cannot be read.
            LibraryAway: It is empty or missing although comics are listed.
        """
        settings = self.context.settings
        listed = [path for path, comic in known.items() if not comic.is_missing]
        if listed and is_away(settings.library):
            raise LibraryAway(away_message(settings.library))
        findings = find_comics(settings.library, self._check)
        return KnownMounts(settings.library, settings.library_mounts).checked(findings, listed)

    def _add_demo(self, known: Known) -> None:
        """Copy the demo into a new default library; never where comics were known before."""
        settings = self.context.settings
        if known or not settings.uses_default_library:
            return
        settings.library.mkdir(parents=True, exist_ok=True)
        if settings.demo_library:
            add_demo_comics(settings.library)

    def _known(self) -> Known:
        with self.context.db.read() as session:
            return library_changes.known_comics(session)

    def _follow_moves(self, known: Known, findings: Findings) -> Known:
        """Keep the ids of comics that were renamed or moved, and return what is known then.

        Moved comics are not among it: their names are metadata, so they are read again.
        """
        moves = moved_comics(known, findings)
        if not moves:
            return known
        staying = {path: comic for path, comic in known.items() if path not in moves}
        overwritten = [staying.pop(path).id for path in moves.values() if path in staying]
        paths = {known[old_path].id: path for old_path, path in moves.items()}
        with self.context.db.write() as session:
            comic_moves.move_comics(session, paths, overwritten, self.context.clock())
        self.moved = frozenset(moves.values())
        return staying

    def _gone(self, known: Known, findings: Findings) -> Known:
        there = {comic.path for comic in findings.comics}
        return {
            path: comic
            for path, comic in known.items()
            if path not in there and not findings.may_hold(path)
        }

    def _page_digests(self, comic_ids: Sequence[str]) -> Iterator[tuple[str, str]]:
        with self.context.db.read() as session:
            yield from comic_moves.page_digests(session, comic_ids)

    def _bring_up_to_date(
        self, found: FoundComic, known: KnownComic | None, gone: GoneComics
    ) -> None:
        """Read the comic if it is new or changed, then write progress for the open pages."""
        if known is not None and known.fingerprint == found.fingerprint:
            self.done += 1
            if known.is_missing:
                with self.context.db.write() as session:
                    library_changes.mark_returned(session, found.path)
            return
        comic = self._read(found)
        is_new = known is None and found.path not in self.moved
        self._save(comic, gone.take_same(comic) if is_new else None)
        self.done += 1
        self._heartbeat(self.context.clock())

    def _read(self, found: FoundComic) -> ScannedComic:
        settings = self.context.settings
        crashes = self._crashes_at(found.path)
        if crashes >= MAX_CRASHES:
            return unreadable_comic(settings.library, found, _CRASHED)
        self._write(error=f"{_READING}{crashes} {found.path}")
        try:
            return read_comic(
                settings.library, found, images.probe, settings.max_page_pixels, self._check
            )
        except (_Stopped, _TakenOver, ComicDownloadsError):
            raise
        except Exception:
            log.exception("Comic not read: %s", found.path, extra={"action": "comic_not_read"})
            return unreadable_comic(settings.library, replace(found, fingerprint=""), _FAILED)

    def _save(self, comic: ScannedComic, moved_id: str | None) -> None:
        """Save the comic with its cover. ``moved_id`` is the id of the row that it had before."""
        now = self.context.clock()
        with self.context.db.write() as session:
            if moved_id is not None:
                comic_moves.move_comics(session, {moved_id: comic.path}, [], now)
            comic_id = library_changes.save_comic(session, comic, now)
        no_cover = {"action": "no_cover", "comic_id": comic_id}
        try:
            cover_image(self.context, comic_id)
        except DatabaseError:
            raise
        except ComicDownloadsError as error:
            log.info("Cover not created: %s", error, extra=no_cover)
        except Exception:
            log.exception("Cover not created", extra=no_cover)

    def _crashes_at(self, path: str) -> int:
        """Return how many processes died while reading this comic, by the note in the scan row."""
        crashes, _, suspect = self.row.error.removeprefix(_READING).partition(" ")
        return int(crashes) + 1 if self.row.error.startswith(_READING) and suspect == path else 0

    def _remove_missing(self, findings: Findings, known: Known) -> None:
        gone = [path for path, comic in self._gone(known, findings).items() if not comic.is_missing]
        with self.context.db.write() as session:
            library_changes.mark_missing(session, gone, self.context.clock())
        arrange_series(self.context, self._check)
        with self.context.db.write() as session:
            library_changes.remove_empty_series(session)

    def _check(self) -> None:
        """Send a heartbeat if one is due. Raises _Stopped if the worker must stop."""
        if self.should_stop():
            raise _Stopped
        now = self.context.clock()
        if now - self.last_heartbeat_at >= timedelta(seconds=HEARTBEAT_SECONDS):
            self._heartbeat(now)

    def _heartbeat(self, now: datetime) -> None:
        self._write(heartbeat_at=now, comics_done=self.done)
        self.last_heartbeat_at = now

    def _write(self, **values: object) -> None:
        with self.context.db.write() as session:
            if not scans.update_scan(session, self.row.id, self.claimed_at, values):
                raise _TakenOver

    def _finish(self, problems: list[str]) -> None:
        self._write(
            finished_at=self.context.clock(),
            comics_done=self.done,
            error="\n".join(" ".join(problem.split()) for problem in problems[:MAX_PROBLEMS_KEPT]),
        )
        with self.context.db.write() as session:
            scans.forget_old_scans(session)
