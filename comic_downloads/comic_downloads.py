"""The web app: pages, HTTP interface, and the tasks of the web process."""

from __future__ import annotations

import asyncio
import atexit
import os
import time
from urllib.parse import urlsplit

import reflex as rx
from reflex.utils.exec import is_prod_mode

from .free_memory import (
    collect_less_often,
    limit_heaps,
    return_after_work,
    return_pictures_at_once,
)
from .logs import configure_logging, log_everything_here
from .settings import load_settings
from .start import explained_start
from .start_checks import start_context
from .web import routes, web_server
from .web.api.app import create_api
from .web.assets import STYLESHEETS
from .web.components.connection import connection_banner
from .web.components.head import PREVIEW_PICTURE, PRIVATE_ADDRESS, head_components
from .web.context import provide_context
from .web.live import job_changes
from .web.live.guest_pusher import GuestPusher
from .web.live.user_pusher import Pusher
from .web.page_build import built_pages
from .web.pages.account import account_page
from .web.pages.accounts import accounts_page
from .web.pages.comic import comic_page
from .web.pages.downloads import downloads_page
from .web.pages.finished_file import finished_file_page
from .web.pages.guests import guest_page
from .web.pages.library import library_page
from .web.pages.queue import queue_page
from .web.pages.reading_list import reading_list_page
from .web.pages.reading_lists import reading_lists_page
from .web.pages.series import series_page
from .web.pages.shares import shares_page
from .web.pages.sign_in import invite_page, reset_page, setup_page, sign_in_page
from .web.pages.unknown import unknown_page
from .web.session.auth import show_error
from .web.session.callers import CallersCheck
from .web.session.event_socket import listen_for_events
from .web.session.page_errors import log_page_error
from .web.session.tab_session import TabSessionGuard
from .web.setup_notice import announce_setup_code
from .web.states.account import AccountState
from .web.states.account_link import AccountLinkState
from .web.states.accounts import AccountsState
from .web.states.comic import ComicState
from .web.states.downloads import DownloadsState
from .web.states.guest_choice import GuestChoiceState
from .web.states.guest_reader import GuestReaderState
from .web.states.guests import GuestState
from .web.states.library import LibraryState
from .web.states.list_dialog import ListDialogState
from .web.states.queue import QueueState
from .web.states.reading_list import ReadingListState
from .web.states.reading_lists import ReadingListsState
from .web.states.series import SeriesState
from .web.states.share_dialog import ShareDialogState
from .web.states.shares import SharesState
from .web.states.sign_in import SignInState
from .web.states.tray import TrayState
from .worker.supervisor import supervise_embedded

APP_NAME = "Comic Downloads"

limit_heaps()
return_pictures_at_once()

with explained_start():
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    context = start_context(settings)
provide_context(context)
atexit.register(context.open_comics.close)
# Reflex imports this module once and then forks the web process, which must not share database
# connections with its parent.
os.register_at_fork(after_in_child=lambda: context.db.engine.dispose(close=False))

api = create_api(context, built_pages())
app = rx.App(
    stylesheets=[f"/{name}" for name in STYLESHEETS],
    head_components=head_components(),
    html_lang="en",
    toaster=rx.toast.provider(
        position="bottom-right", offset="104px", expand=True, rich_colors=True
    ),
    backend_exception_handler=show_error,
    frontend_exception_handler=log_page_error,
    # Replaces Reflex's own banner, whose text is about websockets.
    extra_app_wraps={(5, "Overlay"): lambda _: connection_banner()},
    api_transformer=api,
)


def _may_connect(origin: str | None, environ: dict[str, str]) -> bool:
    """Return True if a page of this origin may open the websocket.

    That is BASE_URL and the host name of the request. Under ``reflex run`` in development the
    pages have a port of their own. A request without an origin comes from no page.
    """
    if origin is None:
        return False
    if origin.rstrip("/") == context.settings.base_url.rstrip("/"):
        return True
    own_host = urlsplit(
        "//"
        + environ.get("HTTP_X_FORWARDED_HOST", environ.get("HTTP_HOST", "")).split(",")[0].strip()
    )
    page = urlsplit(origin)
    try:
        return page.hostname == own_host.hostname and (
            page.port == own_host.port or not is_prod_mode()
        )
    except ValueError:
        return False  # The port is not a number.


app.add_middleware(TabSessionGuard())
app.add_middleware(CallersCheck())
event_socket = listen_for_events(app, context.monotonic)

assert app.sio is not None
app.sio.eio.cors_allowed_origins = _may_connect


def _titled(name: str | rx.Var[str]) -> rx.Var:
    """Return ``Downloads · Comic Downloads``, or the progress while a download is active."""
    return rx.cond(
        TrayState.count > 0, f"{TrayState.percent} % · {APP_NAME}", f"{name} · {APP_NAME}"
    )


for page, route, name, load in (
    (library_page, routes.LIBRARY, "Library", LibraryState.load),
    (comic_page, routes.COMIC, ComicState.name, ComicState.load),
    (series_page, routes.SERIES, SeriesState.name, SeriesState.load),
    (reading_lists_page, routes.LISTS, "Lists", ReadingListsState.load),
    (reading_list_page, routes.LIST, ReadingListState.name, ReadingListState.load),
    (downloads_page, routes.DOWNLOADS, "Downloads", DownloadsState.load),
    (finished_file_page, routes.FINISHED_FILE, ComicState.name, ComicState.load_file),
    (shares_page, routes.SHARES, "Shared", SharesState.load),
    (account_page, routes.ACCOUNT, "Account", AccountState.load),
    (accounts_page, routes.ACCOUNTS, "People", AccountsState.load),
    (queue_page, routes.QUEUE, "Queue", QueueState.load),
):
    app.add_page(
        page,
        route=route,
        title=_titled(name),
        image=PREVIEW_PICTURE,
        on_load=[
            TrayState.enter,
            ShareDialogState.close(False),
            ListDialogState.close(False),
            load,
        ],
    )
app.add_page(
    unknown_page,
    route=routes.UNKNOWN,
    title=_titled("Page not found"),
    image=PREVIEW_PICTURE,
    on_load=TrayState.enter,
)
app.add_page(
    guest_page,
    route=routes.GUESTS,
    title=f"{GuestState.name} · {APP_NAME}",
    image=PREVIEW_PICTURE,
    on_load=[GuestState.load, GuestChoiceState.begin, GuestReaderState.load],
    meta=PRIVATE_ADDRESS,
)
for page, route, name in (
    (invite_page, routes.INVITE, "Join"),
    (reset_page, routes.RESET, "New password"),
):
    app.add_page(
        page,
        route=route,
        title=f"{name} · {APP_NAME}",
        image=PREVIEW_PICTURE,
        on_load=AccountLinkState.load,
        meta=PRIVATE_ADDRESS,
    )
for page, route, name in (
    (sign_in_page, routes.SIGN_IN, "Sign in"),
    (setup_page, routes.SETUP, "Welcome"),
):
    app.add_page(
        page,
        route=route,
        title=f"{name} · {APP_NAME}",
        image=PREVIEW_PICTURE,
        on_load=SignInState.arrive,
    )


def own_log() -> None:
    """Write what Reflex and the server log through the handler of this process."""
    # Reflex would attach a console of its own again.
    os.environ["REFLEX_MANAGED_LOGGING"] = "false"
    log_everything_here()


async def beat() -> None:
    """Show that the event loop of this process runs."""
    await web_server.beat()


async def announce_setup() -> None:
    """Print the set-up code if there is no owner yet."""
    await asyncio.to_thread(announce_setup_code, context)


async def watch_jobs() -> None:
    """Watch the database for changed jobs."""
    await job_changes.watch(context)


async def push_to_tabs() -> None:
    """Push changes to the tabs of users."""
    await Pusher(app, context.monotonic).run()


async def forget_closed_tabs() -> None:
    """Drop the states of tabs that closed minutes ago."""
    await event_socket.forget_closed_tabs()


async def push_to_guests() -> None:
    """Push changes to the tabs of guests."""
    await GuestPusher(app, context.monotonic).run()


async def return_memory() -> None:
    """Return free memory to the system after work, which looks for garbage in time for it."""
    collect_less_often()
    await return_after_work(context.monotonic, time.process_time)


async def run_worker() -> None:
    """Run the embedded worker, if there is one."""
    await supervise_embedded(context)


async def end_responses() -> None:
    """End open responses when the server is asked to stop."""
    await api.state.responses.end_at_stop()


for task in (
    beat,
    own_log,
    announce_setup,
    watch_jobs,
    push_to_tabs,
    push_to_guests,
    forget_closed_tabs,
    return_memory,
    run_worker,
    end_responses,
):
    app.register_lifespan_task(task)
