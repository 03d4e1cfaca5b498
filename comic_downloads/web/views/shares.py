"""What the owner of a share sees of it, as frozen values with finished labels."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.share import ShareStatus
from ...usecases.sharing.everybody import OthersShare
from ...usecases.sharing.shares import ShareView
from .. import labels, routes, wording
from .library import tint

SHOWN_COVERS = 3
_STATUS_LABELS = {
    ShareStatus.OPEN: "Open",
    ShareStatus.EXPIRED: "Expired",
    ShareStatus.USED_UP: "Limit reached",
}
_UNTIL_LABELS = {
    ShareStatus.OPEN: "expires",
    ShareStatus.EXPIRED: "expired",
    ShareStatus.USED_UP: "",
}


@dataclass(frozen=True)
class ShareRow:
    """One row of the page of shares. Empty labels are not shown; times are RFC 3339."""

    id: str
    title: str
    covers: tuple[str, ...]
    tint: int
    facts: str
    downloads_label: str
    until_label: str
    until: str
    is_open: bool
    has_password: bool
    status_label: str
    tone: str


@dataclass(frozen=True)
class OthersShareRow:
    """A share of another account, as the owner sees it."""

    id: str
    name: str
    facts: str
    until_label: str
    until: str


def others_share_row(other: OthersShare) -> OthersShareRow:
    """Return the row of a share of another account: whose it is, and how far it is used."""
    share = other.share
    status = ShareStatus(share.status)
    return OthersShareRow(
        id=share.id,
        name=share.title,
        facts=wording.facts(
            f"by {other.username}",
            downloads(share.downloads_done, share.max_downloads),
            "" if status == ShareStatus.OPEN else _STATUS_LABELS[status].lower(),
        ),
        until_label=_UNTIL_LABELS[status],
        until=share.expires_at.isoformat(),
    )


def share_row(share: ShareView) -> ShareRow:
    """Return the row of a share."""
    is_open = share.status == ShareStatus.OPEN
    number = len(share.comics)
    is_told = number == 1 or share.title == f"{number} comics"
    return ShareRow(
        id=share.id,
        title=share.title,
        covers=tuple(routes.cover_image(comic.id) for comic in share.comics[:SHOWN_COVERS]),
        tint=tint(share.title),
        facts=wording.facts(
            "" if is_told else wording.count(number, "comic"),
            labels.format_names(share.formats),
            "can be read in the browser" if share.reader else "",
        ),
        downloads_label=downloads(share.downloads_done, share.max_downloads),
        until_label=_UNTIL_LABELS[ShareStatus(share.status)],
        until=share.expires_at.isoformat(),
        is_open=is_open,
        has_password=share.has_password,
        status_label=_STATUS_LABELS[ShareStatus(share.status)],
        tone="green" if is_open else "gray",
    )


def downloads(done: int, max_downloads: int | None) -> str:
    """Return ``3 of 10 downloads``, ``3 downloads`` or ``No downloads yet``."""
    if max_downloads is not None:
        return f"{done:,} of {wording.count(max_downloads, 'download')}"
    return wording.count(done, "download") if done else "No downloads yet"
