"""The page of a share: the shared comics and the guest's downloads."""

from __future__ import annotations

import reflex as rx

from ...domain.errors import (
    LinkExpired,
    LinkInvalid,
    NotSignedIn,
    PasswordRequired,
    Refusal,
    ShareUsedUp,
)
from ...domain.job import Action, JobStatus
from ...domain.share import downloads_left, ensure_downloads_left
from ...usecases.context import Context
from ...usecases.sharing.access import Guest, GuestCredentials, admit_guest
from ...usecases.sharing.contents import open_share
from ...usecases.sharing.downloads import guest_downloads, make_guest_link
from ...usecases.sharing.groups import control_guest_group, guest_groups
from ..routes import on_backend, share_token
from ..session.auth import Next, call, cookies, copy_text, page_address, save_file
from ..session.callers import anyone, open_to, server_only
from ..session.guest_tabs import GuestTab, open_guest_tabs
from ..session.load_errors import LoadErrorState, reports_load_error
from ..views.guests import (
    GuestComic,
    GuestGroupRow,
    GuestPage,
    GuestProgress,
    GuestRow,
    guest_page,
    guest_progress,
)
from .checksum import sha256_copied

_PHASES = {
    PasswordRequired: "locked",
    NotSignedIn: "cookieless",
    LinkInvalid: "gone",
    LinkExpired: "expired",
    ShareUsedUp: "used_up",
}
MAX_PROBLEM = 500  # Characters of the server's own words about a password.
CLOSED = tuple(_PHASES)  # The errors that close the page to a guest.


def read_progress(context: Context, credentials: GuestCredentials) -> GuestProgress:
    """Return the guest's downloads. Raises one of CLOSED if the share is closed to them."""
    share = admit_known_guest(context, credentials).share
    left = downloads_left(share.max_downloads, share.downloads_done)
    downloads = guest_downloads(context, credentials)
    singles = [download for download in downloads if download.group_id is None]
    return guest_progress(singles, left, guest_groups(context, credentials))


def admit_known_guest(context: Context, credentials: GuestCredentials) -> Guest:
    """Return the guest. Raises one of CLOSED if the share is closed to them.

    A guest whose cookie is missing or expired is refused, because every request without one
    would count as a new guest.
    """
    guest = admit_guest(context, credentials)
    ensure_downloads_left(guest.share.max_downloads, guest.share.downloads_done)
    if guest.new_cookie is not None:
        raise NotSignedIn
    return guest


async def only_admitted(state: rx.State) -> Next:
    """Let guests call a handler to whom their share is open; the page shows others why not."""
    try:
        await call(admit_known_guest, guest_credentials(state))
    except CLOSED:
        return GuestState.load
    return None


def guest_credentials(state: rx.State) -> GuestCredentials:
    """Return the token in the tab's address, and the tab's cookies."""
    return GuestCredentials(share_token(state.router.url.path), cookies(state))


class GuestState(rx.State):
    """The share as its guest sees it.

    ``phase`` is loading, locked, cookieless or open, or how the share ended: gone, expired or
    used_up.
    """

    phase: str = "loading"
    message: str = ""
    password_problem: str = ""
    entering: bool = False
    title: str = ""
    until: str = ""
    left_label: str = ""
    comics: rx.Field[list[GuestComic]] = rx.field(default_factory=list)
    formats: rx.Field[list[str]] = rx.field(default_factory=list)
    suggested: rx.Field[list[str]] = rx.field(default_factory=list)
    suggested_meaning: str = ""
    can_read: bool = False
    has_password: bool = False
    # Of this server, for addresses that are copied.
    origin: str = ""
    rows: rx.Field[list[GuestRow]] = rx.field(default_factory=list)
    groups: rx.Field[list[GuestGroupRow]] = rx.field(default_factory=list)
    announcement: str = ""

    @rx.var
    def name(self) -> str:
        """Return the title of the page, or the progress of the active download."""
        of_groups = [f"{group.percent} %" for group in self.groups if group.is_active]
        of_rows = [row.percent_label for row in self.rows if row.percent_label]
        progress = next(iter([*of_groups, *of_rows]), "")
        return progress or self.title or "Shared comics"

    @rx.var
    def available_count(self) -> int:
        """Return how many of the comics can be downloaded."""
        return sum(comic.is_available for comic in self.comics)

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Check the guest's credentials, and read the share and their downloads."""
        (await self.get_state(LoadErrorState)).message = ""
        if not await self.refresh():
            return
        credentials = guest_credentials(self)
        share = await call(open_share, credentials)
        tab = GuestTab(
            self.router.session.client_token, share.guest.share.id, share.guest.id, credentials
        )
        open_guest_tabs.join(tab)
        self._take(guest_page(share))
        self.origin = page_address(self, "/")
        self.phase = "open"

    @server_only
    async def refresh(self) -> bool:
        """Check the credentials and show the downloads; return False if refused."""
        try:
            self.show(await call(read_progress, guest_credentials(self)))
        except CLOSED as refusal:
            open_guest_tabs.leave(self.router.session.client_token)
            self.show_closed(refusal)
            return False
        return True

    @server_only
    def show(self, progress: GuestProgress) -> None:
        """Show what has changed and announce downloads that have just finished."""
        news = [_news(self.rows, progress.rows), _group_news(self.groups, progress.groups)]
        self.announcement = ". ".join(filter(None, news)) or self.announcement
        self._take(progress)

    def _take(self, view: GuestPage | GuestProgress) -> None:
        """Take over what has changed; equal values are not sent again."""
        for name, value in vars(view).items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    @server_only
    def show_closed(self, refusal: Refusal) -> None:
        """Show why the share is closed, and forget its content."""
        self.reset()
        self.phase, self.message = _PHASES[type(refusal)], refusal.detail

    @rx.event
    @open_to(anyone)
    def start_entering(self) -> None:
        """Show that the password is being checked."""
        self.entering, self.password_problem = True, ""

    @rx.event
    @open_to(anyone)
    def tell_refused(self, problem: str) -> None:
        """Show why the password was refused; empty while the page reloads."""
        self.password_problem = problem[:MAX_PROBLEM]
        self.entering = problem == ""

    @rx.event
    @open_to(only_admitted)
    async def download(self, job_id: str) -> Next:
        """Save the file through a new link, which also extends the file's life."""
        if not await self.refresh():
            return None
        link = await call(make_guest_link, guest_credentials(self), job_id)
        return save_file(on_backend(link.url))

    @rx.event
    @open_to(only_admitted)
    def copy_sha256(self, job_id: str) -> Next:
        """Copy the SHA-256 of a file of the page."""
        of_groups = [row for group in self.groups for row in group.members]
        found = next((row.sha256 for row in (*self.rows, *of_groups) if row.id == job_id), "")
        if found:
            return copy_text(found, GuestState.tell_sha256_copied)

    @rx.event
    @open_to(only_admitted)
    def tell_sha256_copied(self, copied: bool) -> Next:
        """Show whether the browser copied the SHA-256."""
        return sha256_copied(copied=copied)

    @rx.event
    @open_to(only_admitted)
    async def pause_group(self, group_id: str) -> None:
        """Pause the downloads of a group."""
        await self._control(group_id, Action.PAUSE)

    @rx.event
    @open_to(only_admitted)
    async def resume_group(self, group_id: str) -> None:
        """Resume the downloads of a group."""
        await self._control(group_id, Action.RESUME)

    @rx.event
    @open_to(only_admitted)
    async def cancel_group(self, group_id: str) -> None:
        """Cancel the unfinished downloads of a group."""
        await self._control(group_id, Action.CANCEL)

    async def _control(self, group_id: str, action: Action) -> None:
        if await self.refresh():
            await call(control_guest_group, guest_credentials(self), group_id, action)
            await self.refresh()


def _group_news(before: list[GuestGroupRow], now: list[GuestGroupRow]) -> str:
    """Return the announcement of the groups that have just ended."""
    was_active = {row.id for row in before if row.is_active}
    ended = [row for row in now if row.id in was_active and not row.is_active]
    return ". ".join(f"{row.title}: {row.problem or 'ready'}" for row in ended)


def _news(before: list[GuestRow], now: list[GuestRow]) -> str:
    """Return the announcement of the downloads that have just finished."""
    was_active = {row.id for row in before if row.is_active}
    ended = [
        row
        for row in now
        if row.id in was_active and row.status in {JobStatus.READY, JobStatus.FAILED}
    ]
    return ". ".join(f"{row.filename} {'is ready' if row.is_ready else 'failed'}" for row in ended)
