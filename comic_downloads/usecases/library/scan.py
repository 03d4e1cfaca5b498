"""Update the library from its folder, in a worker process.

A scan *lists* first: it finds all comics, and reads of those that are new or changed their names,
their documents and their covers. Then it *reads* the pages of listed comics. It ends early if
another scan is requested, which reads the others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ...db import comic_moves, library_changes, reading, scans
from ...db.comic_moves import PageId
from ...db.library_changes import KnownComic
from ...db.tables import LibraryScan
from ...domain.errors import (
    ComicChanged,
    ComicDownloadsError,
    ComicUnreadable,
    DatabaseError,
    LibraryAway,
)
from ...domain.library import ScannedComic
from ...library.demo import add_demo_comics
from ...library.presence import KnownMounts, away_message, is_away
from ...library.reader import PageReader, read_comic, unreadable_comic
from ...library.scanner import Findings, FoundComic, find_comic, find_comics
from ...packaging import images
from ..context import Context
from .arrange import arrange_series
from .moves import GoneComics, Known, moved_comics
from .page_images import cover_image
from .reading import read_pages
from .reading_pace import ReadingPace

HEARTBEAT_SECONDS = 5
# Listed comics are written together, because a transaction takes longer than to list a comic.
SAVED_TOGETHER = 50
SAVE_SECONDS = 0.5
# Comics that are changed or away while they are to be read. With more the scan ends.
MAX_SKIPPED = 500
# A file that was changed lately has to stay the same for so long when somebody asks for a scan.
GROWTH_SECONDS = 1.0
_STEP_SECONDS = 0.05
# How many comics are chosen to be read next, and for how long that choice stays.
CHOSEN_TOGETHER = 50
CHOOSE_SECONDS = 5.0
# New comics are arranged in series this often, and for at most a twentieth of the time.
ARRANGE_SECONDS = 5
ARRANGE_PAUSE = 20
# How soon a library that is away is looked for again.
LOOK_FOR_LIBRARY = timedelta(minutes=1)
MAX_PROBLEMS_KEPT = 100
MAX_CRASHES = 2  # A single one may be a power failure.
# The prefix of the scan row's note about the comic being read, for the next worker after a crash.
_READING = "reading "
# The note while comics are listed. After a crash they are listed one by one, each with its own.
_LISTING = "listing"
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


def run_requested_scans(
    context: Context,
    should_stop: Callable[[], bool],
    should_yield: Callable[[], bool] = lambda: False,
) -> int:
    """Run the queued scans, and return how many were finished here.

    Only one scan runs at a time in all processes. A stopped scan is queued again and keeps what it
    has read.

    Args:
        context: The services of this process.
        should_stop: Called between pages.
        should_yield: Called between pages, too, once all comics are listed: return True if there is
            work that is more urgent than to read them.
    """
    done = 0
    while not should_stop():
        with context.db.write() as session:
            row = scans.claim_scan(session, context.clock())
        if row is None or row.started_at is None:
            break
        scan = _Scan(context, row, row.started_at, should_stop, should_yield)
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
    """One claimed scan. Writes carry ``claimed_at``, so that those of an older claim fail.

    ``unsaved`` are comics that were listed and not written yet, each with the id of the row that it
    had before it was moved. ``suspect`` is the note of a process that died during this scan.
    """

    context: Context
    row: LibraryScan
    claimed_at: datetime
    should_stop: Callable[[], bool]
    should_yield: Callable[[], bool]
    done: int = 0
    last_heartbeat_at: datetime = field(init=False)
    arrange_at: float = field(init=False)
    save_at: float = field(init=False)
    moved: frozenset[str] = frozenset()
    unsaved: list[tuple[ScannedComic, str | None]] = field(default_factory=list)
    suspect: str = field(init=False)
    settle_seconds: int = field(init=False)
    found_at: float = field(init=False)
    pace: ReadingPace = field(init=False)

    def __post_init__(self) -> None:
        self.last_heartbeat_at = self.claimed_at
        self.arrange_at = self.context.monotonic() + ARRANGE_SECONDS
        self.save_at = self.context.monotonic() + SAVE_SECONDS
        self.settle_seconds = self.context.settings.scan_settle_seconds
        self.found_at = self.context.monotonic()
        self.pace = ReadingPace(self.context)
        self.suspect = self.row.error
        self.done = self.row.comics_done

    def run(self) -> None:
        """Scan the whole library. Raises _Stopped or _TakenOver."""
        if self.row.listed_at is None:
            try:
                self._list()
            except (ComicUnreadable, LibraryAway) as error:
                log.warning("%s", error.detail, extra={"action": "scan", "scan_id": self.row.id})
                self._write(look_again_at=self.context.clock() + LOOK_FOR_LIBRARY)
                self._finish([error.detail])
                return
        self._read_listed()

    def _list(self) -> None:
        """List all comics.

        Raises:
            ComicUnreadable: The library folder cannot be read.
            LibraryAway: It is empty or missing although comics are listed.
        """
        self.done = 0
        known = self._known()
        self._add_demo(known)
        findings = self._find(known)
        note = self.suspect or _LISTING
        self._write(comics_total=len(findings.comics), comics_done=0, error=note)
        known = self._follow_moves(known, findings)
        gone = GoneComics(self._gone(known, findings), self._known_pages)
        young: list[FoundComic] = []
        for found in findings.comics:
            self._check()
            if self._bring_up_to_date(found, known.get(found.path), gone):
                young.append(found)
            self._arrange_if_due()
        growing = [found for found in young if not self._list_young(found, known, gone)]
        self._save_listed()
        self._require_library(known)
        self._remove_missing(findings, known)
        problems = [f"{problem.path}: {problem.reason}" for problem in findings.problems]
        self.suspect = ""
        self._write(
            listed_at=self.context.clock(),
            problems=_lines(problems),
            error="",
            growing=len(growing),
            look_again_at=self._rested_at(growing),
            comics_done=self.done,
        )

    def _read_listed(self) -> None:
        """Read the pages of comics that were listed, until none is left or another scan waits."""
        problems = self._problems()
        skipped: set[str] = set()
        for comic in self._unread(skipped):
            try:
                self._read_pages(comic)
            except (LibraryAway, ComicChanged) as error:
                log.info("%s", error.detail, extra={"action": "scan", "scan_id": self.row.id})
                skipped.add(comic.id)
                if is_away(self.context.settings.library):
                    problems.append(away_message(self.context.settings.library))
                    break
        self._finish(list(dict.fromkeys(problems)))

    def _unread(self, skipped: Collection[str]) -> Iterator[reading.UnreadComic]:
        """Yield the comics that are to be read, in an order that is looked up repeatedly.

        It ends if another scan waits, which lists what is new and then reads the rest.
        """
        while len(skipped) < MAX_SKIPPED:
            with self.context.db.read() as session:
                comic_ids = reading.comics_to_read(session, CHOSEN_TOGETHER, skipped)
            if not comic_ids:
                return
            choose_at = self.context.monotonic() + CHOOSE_SECONDS
            for comic_id in comic_ids:
                self._check()
                with self.context.db.read() as session:
                    if scans.another_waits(session, self.row.id):
                        return
                    comic = reading.unread_comic(session, comic_id)
                if comic is not None:
                    yield comic
                if self.context.monotonic() >= choose_at:
                    break

    def _read_pages(self, comic: reading.UnreadComic) -> None:
        """Read one comic, and leave a note about it for the case of a crash."""
        # Pages that were read by a process that died were not what killed it.
        place = f"{comic.path} ({len(comic.pages)} pages left)"
        crashes = self._crashes_at(place)
        if crashes >= MAX_CRASHES:
            self._give_up(comic, _CRASHED, again=False)
            return
        self._write(error=f"{_READING}{crashes} {place}")
        try:
            read_pages(self.context, comic, self._pace_reading)
        except (_Stopped, _TakenOver, ComicDownloadsError):
            raise
        except Exception:
            log.exception("Comic not read: %s", comic.path, extra={"action": "comic_not_read"})
            self._give_up(comic, _FAILED, again=True)
        self._make_cover(comic.id)

    def _give_up(self, comic: reading.UnreadComic, reason: str, *, again: bool) -> None:
        with self.context.db.write() as session:
            reading.give_up(session, comic, reason, again=again)

    def _problems(self) -> list[str]:
        with self.context.db.read() as session:
            return scans.problems_of(session, self.row.id).splitlines()

    def _arrange_if_due(self) -> None:
        """Let new comics appear in their series during a long scan, in a small part of its time."""
        now = self.context.monotonic()
        if now >= self.arrange_at:
            self._save_listed()
            arrange_series(self.context, self._check)
            done_at = self.context.monotonic()
            self.arrange_at = done_at + max(ARRANGE_SECONDS, ARRANGE_PAUSE * (done_at - now))

    def put_back(self) -> None:
        """Queue the scan again, unless another process has taken it over."""
        self._save_listed()
        with self.context.db.write() as session:
            values = {
                "started_at": None,
                "heartbeat_at": None,
                "error": "",
                "comics_done": self.done,
            }
            scans.update_scan(session, self.row.id, self.claimed_at, values)

    def _find(self, known: Known) -> Findings:
        """Walk through the library folder.

        Raises:
            ComicUnreadable: The folder cannot be read.
            LibraryAway: It is empty or missing although comics are listed.
        """
        settings = self.context.settings
        listed = self._require_library(known)
        findings = find_comics(settings.library, self._check, known)
        self.found_at = self.context.monotonic()
        return KnownMounts(settings.library, settings.library_mounts).checked(findings, listed)

    def _require_library(self, known: Known) -> list[str]:
        """Return the paths of all comics that were listed before the scan.

        Raises:
            LibraryAway: There are some, and the folder is empty or missing.
        """
        listed = [path for path, comic in known.items() if not comic.is_missing]
        if listed and is_away(self.context.settings.library):
            raise LibraryAway(away_message(self.context.settings.library))
        return listed

    def _add_demo(self, known: Known) -> None:
        """Copy the demo into a new default library; never where comics were known before."""
        settings = self.context.settings
        if known or not settings.uses_default_library:
            return
        settings.library.mkdir(parents=True, exist_ok=True)
        if settings.demo_library and add_demo_comics(settings.library):
            self.settle_seconds = 0  # These files are complete.

    def _known(self) -> Known:
        with self.context.db.read() as session:
            known = library_changes.known_comics(session)
            self.context.db.drop_cached_pages(session)
            return known

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

    def _known_pages(self, comic_ids: Sequence[str]) -> Iterator[tuple[str, PageId]]:
        with self.context.db.read() as session:
            yield from comic_moves.known_pages(session, comic_ids)

    def _bring_up_to_date(
        self, found: FoundComic, known: KnownComic | None, gone: GoneComics
    ) -> bool:
        """List the comic if it is new or changed; now and then write what was listed.

        Return True if nothing was done because its files may still grow.
        """
        self.done += 1
        if known is not None and known.fingerprint == found.fingerprint:
            if known.is_missing:
                with self.context.db.write() as session:
                    library_changes.mark_returned(session, found.path)
            return False
        if self._is_young(found):
            return True
        is_new = known is None and found.path not in self.moved
        comic = self._listed(found, gone if is_new else None)
        self._take(comic, gone.take_same(comic) if is_new else None)
        return False

    def _is_young(self, found: FoundComic) -> bool:
        """Return True if the comic's files were changed a moment ago."""
        age = self.context.clock().timestamp() - found.modified_ns / 1e9
        return abs(age) < self.settle_seconds  # Another machine may write the times.

    def _list_young(self, found: FoundComic, known: Known, gone: GoneComics) -> bool:
        """List the comic unless it still grows; return whether that was done.

        If nobody asked for the scan, the comic waits. Otherwise it has to stay the same for a
        moment, and to be readable, which most files are not before they are complete.
        """
        if self.row.automatic:
            return False
        while self.context.monotonic() < self.found_at + GROWTH_SECONDS:
            self._check()
            time.sleep(_STEP_SECONDS)
        now = find_comic(self.context.settings.library, found.path)
        if now is None or now.fingerprint != found.fingerprint:
            return False
        is_new = found.path not in known and found.path not in self.moved
        comic = self._listed(found, gone if is_new else None)
        if comic.error:
            return False
        self._take(comic, gone.take_same(comic) if is_new else None)
        return True

    def _rested_at(self, growing: Sequence[FoundComic]) -> datetime | None:
        """Return when the first of these comics may be complete."""
        if not growing:
            return None
        now = self.context.clock()
        oldest = min(found.modified_ns for found in growing) / 1e9
        wait = self.settle_seconds - (now.timestamp() - oldest)
        return now + timedelta(seconds=max(1.0, wait))

    def _take(self, comic: ScannedComic, moved_id: str | None) -> None:
        """Take a comic that was listed, and write it with others when that is due."""
        self.unsaved.append((comic, moved_id))
        is_due = len(self.unsaved) >= SAVED_TOGETHER or self.context.monotonic() >= self.save_at
        if is_due or self.suspect:
            self._save_listed()
            self._heartbeat(self.context.clock())

    def _listed(self, found: FoundComic, gone: GoneComics | None) -> ScannedComic:
        """List the comic. It is read if only its pages can tell whether it is a gone one."""
        settings = self.context.settings
        crashes = self._crashes_at(found.path)
        if crashes >= MAX_CRASHES:
            return unreadable_comic(settings.library, found, _CRASHED)
        if self.suspect:
            self._write(error=f"{_READING}{crashes} {found.path}")
        reader = PageReader(images.probe, settings.max_page_pixels, self._check)
        try:
            comic = read_comic(settings.library, found, reader, whole=False)
            if gone is not None and gone.may_be(comic):
                comic = read_comic(settings.library, found, reader)
        except (_Stopped, _TakenOver, ComicDownloadsError):
            raise
        except Exception:
            log.exception("Comic not read: %s", found.path, extra={"action": "comic_not_read"})
            return unreadable_comic(settings.library, replace(found, fingerprint=""), _FAILED)
        return comic

    def _save_listed(self) -> None:
        """Write the comics that were listed and not written yet."""
        whole: list[str] = []
        if self.unsaved:
            with self.context.db.write() as session:
                for comic, moved_id in self.unsaved:
                    now = self.context.clock()  # They keep the order in which they were found.
                    if moved_id is not None:
                        comic_moves.move_comics(session, {moved_id: comic.path}, [], now)
                    comic_id = library_changes.save_comic(session, comic, now)
                    if all(page.is_read for page in comic.pages):
                        whole.append(comic_id)
            self.unsaved.clear()
        self.save_at = self.context.monotonic() + SAVE_SECONDS
        for comic_id in whole:
            self._make_cover(comic_id)

    def _make_cover(self, comic_id: str) -> None:
        """Make the thumbnail of the cover, so that nobody waits for it."""
        no_cover = {"action": "no_cover", "comic_id": comic_id}
        try:
            cover_image(self.context, comic_id)
        except DatabaseError:
            raise
        except ComicDownloadsError as error:
            log.info("Cover not created: %s", error, extra=no_cover)
        except Exception:
            log.exception("Cover not created", extra=no_cover)

    def _crashes_at(self, place: str) -> int:
        """Return how many processes died at this comic, by the note in the scan row."""
        crashes, _, suspect = self.suspect.removeprefix(_READING).partition(" ")
        return int(crashes) + 1 if self.suspect.startswith(_READING) and suspect == place else 0

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

    def _check_reading(self) -> None:
        """Check that, and also whether there is more urgent work."""
        self._check()
        if self.should_yield():
            raise _Stopped

    def _pace_reading(self) -> None:
        """Do that between the pages that are read in the background, and leave time to people."""
        self._check_reading()
        self.pace.rest(self._check_reading)

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
            error=_lines(problems),
        )
        with self.context.db.write() as session:
            scans.forget_old_scans(session)


def _lines(problems: Sequence[str]) -> str:
    """Return the first of the problems, a line each."""
    return "\n".join(" ".join(problem.split()) for problem in problems[:MAX_PROBLEMS_KEPT])
