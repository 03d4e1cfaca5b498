"""What a page says after copying the SHA-256 of a file."""

from __future__ import annotations

from ..browser_events import toast
from ..session.auth import Next


def sha256_copied(*, copied: bool) -> Next:
    """Return the toast that says whether the browser copied a SHA-256."""
    if copied:
        return toast("success", "SHA-256 copied.")
    return toast("error", "The browser blocked copying.", "Select the SHA-256 and copy it.")
