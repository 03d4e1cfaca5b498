"""How far a finished file is on its way to its user."""

from __future__ import annotations

from enum import StrEnum


class TransferState(StrEnum):
    """``BROKE_OFF``: some bytes reached the user, not all, and nobody fetches the file now."""

    NONE = "none"
    UNDER_WAY = "under_way"
    BROKE_OFF = "broke_off"
    DONE = "done"


def transfer_state(
    downloaded_bytes: int, file_size_bytes: int | None, *, being_fetched: bool
) -> TransferState:
    """The state of a file of which so many different bytes reached the user; no size means that there is no file."""
    if not file_size_bytes:
        return TransferState.NONE
    if downloaded_bytes >= file_size_bytes:
        return TransferState.DONE
    if being_fetched:
        return TransferState.UNDER_WAY
    return TransferState.BROKE_OFF if downloaded_bytes else TransferState.NONE
