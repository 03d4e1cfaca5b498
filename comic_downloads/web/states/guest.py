"""The page of a share, for guests: what is shared, and the downloads they asked for."""

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
from ...domain.job import JobStatus
from ...domain.share import downloads_left, ensure_downloads_left
from ...usecases.context import Context
from ...usecases.sharing.access import GuestCredentials, admit_guest
from ...usecases.sharing.contents import open_share
from ...usecases.sharing.downloads import guest_downloads, make_guest_link
from ..routes import on_backend, share_token
from ..session.auth import Next, call, cookies, save_file
from ..session.guest_tabs import GuestTab, open_guest_tabs
from ..session.load_errors import LoadErrorState, reports_load_error
from ..views.guests import (
    GuestComic,
    GuestPage,
    GuestProgress,
    GuestRow,
    guest_page,
    guest_progress,
)

_PHASES = {
    PasswordRequired: "locked",
    NotSignedIn: "cookieless",
    LinkInvalid: "gone",
    LinkExpired: "expired",
    ShareUsedUp: "used_up",
}
CLOSED = tuple(_PHASES)  # why a guest may not see the page


def read_progress(context: Context, credentials: GuestCredentials) -> GuestProgress:
    """How the downloads of a guest with these credentials do. Raises one of CLOSED where they may not see the share.

    A page needs its cookie, whose time may be over by now: without one, each look would be that of another guest.
    """
    guest = admit_guest(context, credentials)
    share = guest.share
    ensure_downloads_left(share.max_downloads, share.downloads_done)
    if guest.new_cookie is not None:
        raise NotSignedIn
    left = downloads_left(share.max_downloads, share.downloads_done)
    return guest_progress(guest_downloads(context, credentials), left)


def guest_credentials(state: rx.State) -> GuestCredentials:
    """What the tab is admitted with: the token of its own address, and its cookies."""
    return GuestCredentials(share_token(state.router.url.path), cookies(state))


class GuestState(rx.State):
    """``phase`` is loading, locked, cookieless, open, or how the share ended: gone, expired, used_up."""

    phase: str = "loading"
    words: str = ""
    password_problem: str = ""
    entering: bool = False
    title: str = ""
    until: str = ""
    left_label: str = ""
    comics: rx.Field[list[GuestComic]] = rx.field(default_factory=list)
    formats: rx.Field[list[str]] = rx.field(default_factory=list)
    rows: rx.Field[list[GuestRow]] = rx.field(default_factory=list)
    announcement: str = ""

    @rx.var
    def name(self) -> str:
        """What the page is called, with the progress of what is at work."""
        progress = next((row.percent_label for row in self.rows if row.percent_label), "")
        return progress or self.title or "Shared comics"

    @rx.var
    def there_count(self) -> int:
        """How many of the comics can be picked."""
        return sum(comic.is_there for comic in self.comics)

    @rx.event
    @reports_load_error
    async def load(self) -> None:
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
        self.phase = "open"

    async def refresh(self) -> bool:
        """Admits the guest anew and shows how their downloads do; False if they may not see it."""
        try:
            self.show(await call(read_progress, guest_credentials(self)))
        except CLOSED as refusal:
            open_guest_tabs.leave(self.router.session.client_token)
            self.show_closed(refusal)
            return False
        return True

    def show(self, progress: GuestProgress) -> None:
        """Says aloud what has just ended, and shows what changed."""
        self.announcement = _news(self.rows, progress.rows) or self.announcement
        self._take(progress)

    def _take(self, view: GuestPage | GuestProgress) -> None:
        """Takes over what changed; what is equal is not sent again."""
        for name, value in vars(view).items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    def show_closed(self, refusal: Refusal) -> None:
        """Says why there is nothing to see, and forgets what there was."""
        self.reset()
        self.phase, self.words = _PHASES[type(refusal)], refusal.detail

    @rx.event
    def start_entering(self) -> None:
        self.entering, self.password_problem = True, ""

    @rx.event
    def tell_refused(self, problem: str) -> None:
        """``problem`` is empty when the browser has the cookie and loads the page anew."""
        self.password_problem = problem
        self.entering = problem == ""

    @rx.event
    async def download(self, job_id: str) -> Next:
        """Makes a link at the click, which keeps the file a while longer, and keeps the link nowhere."""
        if not await self.refresh():
            return None
        link = await call(make_guest_link, guest_credentials(self), job_id)
        return save_file(on_backend(link.url))


def _news(before: list[GuestRow], now: list[GuestRow]) -> str:
    """Which downloads have just ended, as it is said aloud."""
    was_active = {row.id for row in before if row.is_active}
    ended = [
        row
        for row in now
        if row.id in was_active and row.status in {JobStatus.READY, JobStatus.FAILED}
    ]
    return ". ".join(f"{row.filename} {'is ready' if row.is_ready else 'failed'}" for row in ended)
