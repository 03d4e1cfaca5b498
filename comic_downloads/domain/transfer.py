"""The state of a finished file's transfer to its user."""

from __future__ import annotations

from enum import StrEnum


class TransferState(StrEnum):
    """How much of a file has reached its user.

    ``BROKE_OFF`` means that some bytes arrived, but not all, and nobody is fetching the file now.
    """

    NONE = "none"
    UNDER_WAY = "under_way"
    BROKE_OFF = "broke_off"
    DONE = "done"


def transfer_state(
    downloaded_bytes: int, file_size_bytes: int | None, *, being_fetched: bool
) -> TransferState:
    """Return the state of a transfer.

    Args:
        downloaded_bytes: How many distinct bytes reached the user.
        file_size_bytes: The size of the file; None or 0 if there is none.
        being_fetched: True while a client is fetching it.
    """
    if not file_size_bytes:
        return TransferState.NONE
    if downloaded_bytes >= file_size_bytes:
        return TransferState.DONE
    if being_fetched:
        return TransferState.UNDER_WAY
    return TransferState.BROKE_OFF if downloaded_bytes else TransferState.NONE
