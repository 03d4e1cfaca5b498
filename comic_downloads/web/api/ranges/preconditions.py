"""Evaluate conditional requests (RFC 9110, section 13) for an existing file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

_ENTITY_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_DATE_FORMATS = (
    "%a, %d %b %Y %H:%M:%S GMT",  # IMF-fixdate, the current format
    # RFC 850 and asctime must be understood for old clients (section 5.6.7).
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %d %H:%M:%S %Y",
)


class Outcome(Enum):
    """What the preconditions of a request lead to."""

    PROCEED = "proceed"
    NOT_MODIFIED = "not modified"
    FAILED = "failed"


@dataclass(frozen=True)
class Validators:
    """``etag`` is strong and has its quotes; ``modified_at`` is in whole seconds."""

    etag: str
    modified_at: datetime


def evaluate(headers: Mapping[str, str], validators: Validators) -> Outcome:
    """Evaluate the If-… headers in the order of section 13.2.2; ignore invalid dates."""
    if_match, if_none_match = headers.get("if-match"), headers.get("if-none-match")
    if if_match is not None:
        if not _lists(if_match, validators.etag, weakly=False):
            return Outcome.FAILED
    elif (
        date := parse_http_date(headers.get("if-unmodified-since"))
    ) and validators.modified_at > date:
        return Outcome.FAILED
    if if_none_match is not None:
        if _lists(if_none_match, validators.etag, weakly=True):
            return Outcome.NOT_MODIFIED
    elif (
        date := parse_http_date(headers.get("if-modified-since"))
    ) and validators.modified_at <= date:
        return Outcome.NOT_MODIFIED
    return Outcome.PROCEED


def range_applies(if_range: str | None, validators: Validators) -> bool:
    """Return False if If-Range (section 13.1.5) names another version of the file.

    The client then needs the whole file. A weak entity tag never matches. Our date is a strong
    validator, because the content behind a link never changes.
    """
    if if_range is None:
        return True
    text = if_range.strip(" \t")
    if text.startswith(('"', "W/")):
        return text == validators.etag
    return parse_http_date(text) == validators.modified_at


def parse_http_date(text: str | None) -> datetime | None:
    """Return the time, or None if the text is not a valid HTTP-date (section 5.6.7)."""
    for form in _DATE_FORMATS if text else ():
        try:
            return datetime.strptime((text or "").strip(" \t"), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _lists(header: str, etag: str, *, weakly: bool) -> bool:
    if header.strip(" \t") == "*":
        return True
    return any(tag == etag and (weakly or not weak) for weak, tag in _ENTITY_TAG.findall(header))
