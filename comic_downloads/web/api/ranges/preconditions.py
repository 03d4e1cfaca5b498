"""Conditional requests: RFC 9110, section 13, for a GET or HEAD of something that exists. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

_ENTITY_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_DATE_FORMATS = (
    "%a, %d %b %Y %H:%M:%S GMT",  # IMF-fixdate, the one in use
    "%A, %d-%b-%y %H:%M:%S GMT",  # RFC 850 and asctime: to be understood for old clients (section 5.6.7)
    "%a %b %d %H:%M:%S %Y",
)


class Outcome(Enum):
    PROCEED = "proceed"
    NOT_MODIFIED = "not modified"
    FAILED = "failed"


@dataclass(frozen=True)
class Validators:
    """``etag`` with its quotes, strong; ``modified_at`` in whole seconds."""

    etag: str
    modified_at: datetime


def evaluate(headers: Mapping[str, str], validators: Validators) -> Outcome:
    """What the If-… headers ask for, in the order of section 13.2.2. Invalid dates are ignored, as it says."""
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
    """False if the client's part is of something else (If-Range, section 13.1.5): it then needs the whole file.

    A weak entity tag never matches. Our date is a strong validator, because the content behind a link never changes.
    """
    if if_range is None:
        return True
    text = if_range.strip(" \t")
    if text.startswith(('"', "W/")):
        return text == validators.etag
    return parse_http_date(text) == validators.modified_at


def parse_http_date(text: str | None) -> datetime | None:
    """The time, or None unless it is a valid HTTP-date (section 5.6.7)."""
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
