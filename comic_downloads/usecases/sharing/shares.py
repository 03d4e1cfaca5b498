"""Create, list and revoke shares, which let people without an account download comics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import accounts, artifacts, jobs, shares
from ...db.library import comics_to_read, get_series, names_of
from ...db.session import Session
from ...db.tables import Comic, Share
from ...domain import share as rules
from ...domain.account import checked_password
from ...domain.errors import Conflict, NotFound
from ...domain.identity import new_id
from ...domain.permission import Permission, require
from ..accounts.passwords import hash_password
from ..artifacts import drop_if_unreferenced
from ..context import Context
from ..downloads.resolve import selected_comic_ids
from ..downloads.snapshots import ComicRef, comic_ref
from .tokens import sign_share

MAX_SHARES = 1000


@dataclass(frozen=True)
class ShareRequest:
    """A request to share either comics or a series.

    An empty password means none, ``formats`` None means all, and ``max_downloads`` None means no
    limit. ``reader`` lets guests read the comics in the browser.
    """

    comic_ids: tuple[str, ...] = ()
    series_id: str | None = None
    password: str = ""
    expires_in_seconds: int = rules.DEFAULT_LIFE_SECONDS
    max_downloads: int | None = None
    formats: tuple[str, ...] | None = None
    reader: bool = False


@dataclass(frozen=True)
class ShareView:
    """A share as its creator sees it.

    ``path`` is its address on this server, and ``status`` a ShareStatus.
    """

    id: str
    path: str
    title: str
    comics: tuple[ComicRef, ...]
    formats: tuple[str, ...]
    has_password: bool
    created_at: datetime
    expires_at: datetime
    max_downloads: int | None
    downloads_done: int
    status: str
    reader: bool = False


def create_share(context: Context, user_id: str, request: ShareRequest) -> ShareView:
    """Share the comics, or the comics that the series has now.

    Raises:
        InvalidRequest: an option breaks the rules.
        InvalidFormat: a format is unknown.
        Forbidden: the owner has taken the permission away.
        NotFound: a comic or the series is not in the library.
        ComicUnreadable: a comic is damaged.
        Conflict: the account already has MAX_SHARES shares.
    """
    now = context.clock()
    life = timedelta(seconds=rules.checked_life(request.expires_in_seconds))
    max_downloads = rules.checked_max_downloads(request.max_downloads)
    formats = rules.checked_formats(request.formats)
    password_hash = hash_password(checked_password(request.password)) if request.password else ""
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        limits = accounts.account_limits(session, user_id)
        require(Permission.SHARE, limits.permissions if limits else ())
        if shares.count_of_user(session, user_id) >= MAX_SHARES:
            raise Conflict(f"You already have {MAX_SHARES} shares. Remove one you no longer need.")
        comics = comics_to_read(
            session, selected_comic_ids(context, session, request.comic_ids, request.series_id)
        )
        names = names_of(session, comics)
        share = Share(
            id=new_id(now),
            user_id=user_id,
            title=_title(session, comics, names, request.series_id),
            comics=[
                {"id": comic.id, "title": comic.title, "name": names[comic.id]} for comic in comics
            ],
            formats=formats,
            password_hash=password_hash,
            max_downloads=max_downloads,
            reader=request.reader,
            created_at=now,
            expires_at=now + life,
        )
        shares.add_share(session, share)
    return share_view(context, share)


def list_shares(
    context: Context, user_id: str, limit: int = 50, offset: int = 0
) -> tuple[list[ShareView], int]:
    """Return one page of the user's shares, newest first, and the total number."""
    with context.db.read() as session:
        page, total = shares.shares_of_user(session, user_id, limit, offset)
    return [share_view(context, share) for share in page], total


def get_share(context: Context, user_id: str, share_id: str) -> ShareView:
    """Return the user's share.

    Raises:
        NotFound: the user has no such share.
    """
    with context.db.read() as session:
        return share_view(context, own_share(session, user_id, share_id))


def revoke_share(context: Context, user_id: str, share_id: str) -> None:
    """Revoke the share: its link stops working, and guests' jobs are cancelled and removed.

    A transfer that has started is not interrupted.

    Raises:
        NotFound: the user has no such share.
    """
    with context.db.write() as session:
        # A guest's request at the same moment either commits before this or is refused.
        jobs.lock_user(session, user_id)
        shares.revoke(session, own_share(session, user_id, share_id), context.clock())
    # In a separate transaction, because counting a transfer locks the job before the share.
    with context.db.write() as session:
        artifact_ids = _remove_guests_jobs(context, session, share_id)
    for artifact_id in artifact_ids:
        drop_if_unreferenced(context, artifact_id)
    context.notify_workers()  # A worker then removes the temporary files at once.


def _remove_guests_jobs(context: Context, session: Session, share_id: str) -> set[str]:
    """Remove the jobs of all guests, and return the ids of their artifacts."""
    now = context.clock()
    artifact_ids = jobs.remove_jobs_of_share(session, now, share_id)
    artifacts.end_time_if_unreferenced(session, artifact_ids, now)
    return artifact_ids


def own_share(session: Session, user_id: str, share_id: str) -> Share:
    """Return the user's share. Raises NotFound if the user has no such share."""
    share = shares.share_of_user(session, user_id, share_id)
    if share is None:
        raise NotFound("You have no such share.")
    return share


def _title(
    session: Session, comics: Sequence[Comic], names: dict[str, str], series_id: str | None
) -> str:
    series = get_series(session, series_id) if series_id else None
    if series is not None:
        return series.title
    return names[comics[0].id] if len(comics) == 1 else f"{len(comics)} comics"


def share_view(context: Context, share: Share) -> ShareView:
    """Return the share as its creator sees it now."""
    status = rules.share_status(
        share.expires_at, share.max_downloads, share.downloads_done, context.clock()
    )
    return ShareView(
        id=share.id,
        path=f"/s/{sign_share(context.settings.secret_keys, share.id)}",
        title=share.title,
        comics=tuple(map(comic_ref, share.comics)),
        formats=tuple(share.formats),
        has_password=bool(share.password_hash),
        created_at=share.created_at,
        expires_at=share.expires_at,
        max_downloads=share.max_downloads,
        downloads_done=share.downloads_done,
        status=str(status),
        reader=share.reader,
    )
