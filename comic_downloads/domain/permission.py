"""What the owner lets a member do, besides looking at the library and reading."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from .errors import Forbidden


class Permission(StrEnum):
    """Something that the owner allows or forbids each member. The owner may do everything."""

    DOWNLOAD = "download"
    SHARE = "share"
    UPLOAD = "upload"


EVERYTHING = frozenset(Permission)
# Whoever may add files decides what everybody sees, so the owner grants that one by one.
OF_NEW_MEMBERS = frozenset({Permission.DOWNLOAD, Permission.SHARE})
_FORBIDDEN = {
    Permission.DOWNLOAD: "download comics",
    Permission.SHARE: "share comics",
    Permission.UPLOAD: "add comics to the library",
}


def require(permission: Permission, granted: Collection[Permission]) -> None:
    """Raise Forbidden, which says whom to ask, unless the permission is among those granted."""
    if permission not in granted:
        raise Forbidden(
            f"Your account may not {_FORBIDDEN[permission]}. "
            "Ask the person who runs this server to allow it."
        )
