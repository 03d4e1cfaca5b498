"""Log the errors that pages report. Anyone can send such reports."""

from __future__ import annotations

import logging

REPORT_LIMIT = 500

log = logging.getLogger(__name__)


def log_page_error(exception: Exception) -> None:
    """Log the first characters of the report, at most REPORT_LIMIT."""
    log.warning(
        "A page reported an error: %s",
        str(exception).strip()[:REPORT_LIMIT],
        extra={"action": "page_error"},
    )
