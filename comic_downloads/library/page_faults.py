"""The errors of a page that was scanned and is not there as it was, in words for users."""

from __future__ import annotations

from ..domain.errors import ComicChanged, JobError, Place, StorageUnavailable


def page_gone(title: str, name: str, place: Place) -> ComicChanged:
    """Return the error for a page that the comic does not hold any more."""
    return ComicChanged(
        f"{_page(place)} ({name}) of “{title}” is not there any more. "
        "Scan the library, then try again.",
        place=place,
    )


def page_changed(title: str, name: str, place: Place) -> ComicChanged:
    """Return the error for a page whose bytes differ from what the library scan saw."""
    return ComicChanged(
        f"{_page(place)} ({name}) of “{title}” was changed or damaged after the library was "
        "scanned. Scan the library, then try again.",
        place=place,
    )


def page_out_of_reach(title: str, error: JobError | OSError, place: Place) -> StorageUnavailable:
    """Return the error for a page that may be intact, and cannot be read now."""
    reason = f"{error.strerror or error}." if isinstance(error, OSError) else error.detail
    return StorageUnavailable(
        f"{_page(place)} of “{title}” cannot be read now: {reason}", place=place
    )


def file_gone(title: str, place: Place) -> ComicChanged:
    """Return the error for a file of the library that is not there any more."""
    return ComicChanged(
        f"The file of “{title}” is not there any more. Scan the library, then try again.",
        place=place,
    )


def file_changed(title: str, place: Place) -> ComicChanged:
    """Return the error for a file of the library that is not the one that was asked for."""
    return ComicChanged(
        f"The file of “{title}” was changed or replaced after it was asked for. "
        "Scan the library, then try again.",
        place=place,
    )


def file_out_of_reach(title: str, error: OSError, place: Place) -> StorageUnavailable:
    """Return the error for a file of the library that cannot be read now."""
    return StorageUnavailable(
        f"The file of “{title}” cannot be read now: {error.strerror or error}.", place=place
    )


def _page(place: Place) -> str:
    return f"Page {(place.page_index or 0) + 1}"
