"""What every page shows: the account and its active downloads."""

from __future__ import annotations

import reflex as rx

from ...domain.group import GroupOwner
from ...domain.job import JobStatus
from ...domain.permission import Permission
from ...usecases.accounts.accounts import owner_exists
from ...usecases.context import Context
from ...usecases.downloads import control
from ...usecases.downloads.group_snapshots import ended_groups, unfinished_groups
from ...usecases.downloads.snapshots import active_single_counts, list_single_downloads
from ...usecases.operations.health import worker_alive
from .. import routes, wording
from ..browser_events import call_page, redirect
from ..context import current_context
from ..session.auth import Next, call, session_token, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import LoadErrorState, reports_load_error
from ..session.open_tabs import Tab, open_tabs
from ..views.downloads import DownloadRow, title
from ..views.groups import GroupRow
from ..views.tray import SHOWN_WAITING, TrayView, asked_label, tray_view, with_groups

ENDED_LIMIT = 20
_ENDED = [JobStatus.READY, JobStatus.FAILED, JobStatus.CANCELLED]


def read_tray(context: Context, user_id: str) -> TrayView:
    """Return the account's downloads and groups that are active or have just finished."""
    owner, now = GroupOwner(user_id), context.clock()
    numbers = active_single_counts(context, user_id)
    working, working_count = list_single_downloads(
        context, user_id, [JobStatus.PREPARING], limit=SHOWN_WAITING
    )
    # Lists start with the newest; the ones that have waited longest are shown.
    hidden = max(sum(numbers) - working_count - SHOWN_WAITING, 0)
    resting, _ = list_single_downloads(
        context, user_id, [JobStatus.QUEUED, JobStatus.PAUSED], limit=SHOWN_WAITING, offset=hidden
    )
    ended, _ = list_single_downloads(context, user_id, _ENDED, limit=ENDED_LIMIT)
    ended_lately, _ = ended_groups(context, owner, ENDED_LIMIT)
    singles = tray_view(working[::-1], resting[::-1], ended, numbers, now)
    return with_groups(singles, unfinished_groups(context, owner), ended_lately, now)


class TrayState(rx.State):
    """The frame around every page: account, badge and tray."""

    known: bool = False
    username: str = ""
    is_owner: bool = False
    may_download: bool = False
    may_share: bool = False
    may_upload: bool = False
    working: rx.Field[list[DownloadRow]] = rx.field(default_factory=list)
    waiting: rx.Field[list[DownloadRow]] = rx.field(default_factory=list)
    recent: rx.Field[list[DownloadRow]] = rx.field(default_factory=list)
    groups: rx.Field[list[GroupRow]] = rx.field(default_factory=list)
    count: int = 0
    paused: int = 0
    percent: int = 0
    worker_missing: bool = False
    announcement: str = ""
    # What the button of this tab says about the download or group that was asked for last.
    asked_id: str = ""
    asked_label: str = ""
    # Whether a card of this tab asked for something (QuickDownloadState).
    _follows_cards: bool = False
    _seen_failures: tuple[str, ...] = ()

    @rx.var
    def in_tray(self) -> int:
        """Return the number of downloads in the tray."""
        return (
            self.count
            + self.paused
            + len(self.recent)
            + sum(not group.is_active for group in self.groups)
        )

    @rx.var
    def failed_count(self) -> int:
        """Return how many downloads failed since the tray was last opened."""
        return sum(job_id not in self._seen_failures for job_id in self._failures())

    @rx.var
    def has_files(self) -> bool:
        """Return True if a download that has just finished has a file."""
        has_zip = any(group.file_href and not group.is_active for group in self.groups)
        return has_zip or any(row.status == JobStatus.READY for row in self.recent)

    @rx.var
    def tray_label(self) -> str:
        """Return the label of the tray's button for screen readers."""
        failed = f", {self.failed_count} failed" if self.failed_count else ""
        if not self.count:
            words = f"{wording.count(self.paused, 'download')} paused" if self.paused else ""
            return f"{words or 'Recent downloads'}{failed}"
        return f"{wording.count(self.count, 'download')} active, {self.percent} % done{failed}"

    @rx.event
    def see_failures(self, _is_open: bool) -> None:
        """Mark all failures as seen, when the tray is opened and when it is closed."""
        self._seen_failures = self._failures()

    def _failures(self) -> tuple[str, ...]:
        shown = (*self.recent, *self.groups)
        return tuple(row.id for row in shown if row.status == JobStatus.FAILED)

    @rx.event
    @reports_load_error
    async def enter(self) -> Next:
        """Show the page if somebody is signed in, else redirect to the sign-in page."""
        (await self.get_state(LoadErrorState)).message = ""
        account = await visitor(self)
        if account is None:
            self.reset()
            open_tabs.leave(self.router.session.client_token)
            return redirect(
                routes.sign_in(self.router.url.path) if await call(owner_exists) else routes.SETUP
            )
        self.username, self.is_owner = account.username, account.is_owner
        for one in Permission:
            setattr(self, f"may_{one}", one in account.permissions)
        open_tabs.join(
            Tab(
                client_token=self.router.session.client_token,
                user_id=account.id,
                session_token=session_token(self) or "",
                path=self.router.url.path.rstrip("/") or routes.LIBRARY,
                checked_at=current_context().monotonic(),
            )
        )
        self.show(await call(read_tray, account.id))
        self.worker_missing = not await call(worker_alive)
        self.known = True
        return call_page("comicDownloads.arrive")

    @server_only
    def show(self, tray: TrayView) -> None:
        """Take over what has changed; equal values are not sent again."""
        for name, value in vars(tray).items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        if (words := asked_label(tray, self.asked_id)) != self.asked_label:
            self.asked_label = words
        failures = self._failures()
        # A download that is retried may fail again, and is news then.
        if any(job_id not in failures for job_id in self._seen_failures):
            self._seen_failures = tuple(
                job_id for job_id in self._seen_failures if job_id in failures
            )

    @server_only
    def follow(self, asked_id: str, tray: TrayView) -> None:
        """Let the button that asked for a download or a group say how far it is."""
        self.asked_id = asked_id
        self.show(tray)

    @server_only
    def follow_cards(self) -> None:
        """Let the buttons of cards say how far it is what they asked for."""
        self._follows_cards = True

    @server_only
    def follows_cards(self) -> bool:
        """Return True if a card of this tab asked for something."""
        return self._follows_cards

    async def _refresh(self, user_id: str) -> None:
        self.show(await call(read_tray, user_id))

    @rx.event
    async def pause(self, job_id: str) -> None:
        """Pause a download."""
        account = await signed_in(self)
        job = await call(control.pause_download, account.id, job_id)
        await self._refresh(account.id)
        self.announcement = f"{title(job)} is paused"

    @rx.event
    async def resume(self, job_id: str) -> None:
        """Resume a download."""
        account = await signed_in(self)
        job = await call(control.resume_download, account.id, job_id)
        await self._refresh(account.id)
        self.announcement = f"{title(job)} is resumed"

    @rx.event
    async def cancel(self, job_id: str) -> None:
        """Cancel a download."""
        account = await signed_in(self)
        job = await call(control.cancel_download, account.id, job_id)
        await self._refresh(account.id)
        self.announcement = f"{title(job)} is cancelled"

    @rx.event
    async def pause_all(self) -> None:
        """Pause all downloads."""
        account = await signed_in(self)
        await call(control.pause_all, account.id)
        await self._refresh(account.id)
        self.announcement = "Downloads paused"

    @rx.event
    async def resume_all(self) -> None:
        """Resume all downloads."""
        account = await signed_in(self)
        await call(control.resume_all, account.id)
        await self._refresh(account.id)
        self.announcement = "Downloads resumed"
