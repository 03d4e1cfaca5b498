"""Decide the answer to a request for a file: status, headers and bytes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import format_datetime
from typing import Any

from ....domain.ranges import ByteRange
from .. import paths
from .header import RangeNotSatisfiable, parse_range
from .preconditions import Outcome, Validators, evaluate, range_applies

Segment = bytes | ByteRange
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Representation:
    """The file as a whole.

    ``headers`` describe the file; ``guards`` are sent with every answer.
    """

    size_bytes: int
    media_type: str
    validators: Validators
    headers: Mapping[str, str]
    guards: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """An answer. ``segments`` are literal bytes and ranges of the file, in order.

    They are empty for HEAD and for answers without a body.
    """

    status: int
    headers: dict[str, str]
    segments: tuple[Segment, ...] = ()

    @property
    def holds_first_byte(self) -> bool:
        """Return True for the whole file, also for its HEAD, and for ranges from byte 0."""
        return self.status == 200 or any(
            isinstance(part, ByteRange) and part.start == 0 for part in self.segments
        )


@dataclass(frozen=True)
class _Problem:
    status: int
    code: str
    title: str


_PRECONDITION_FAILED = _Problem(412, "precondition_failed", "The file is not the one you have")
_RANGE_NOT_SATISFIABLE = _Problem(416, "range_not_satisfiable", "The file has no such bytes")


def plan_answer(method: str, request: Mapping[str, str], file: Representation) -> Plan:
    """Return the answer to a GET or HEAD.

    ``request`` has lower-case names; repeated headers are joined by a comma.
    """
    outcome = evaluate(request, file.validators)
    if outcome is Outcome.NOT_MODIFIED:
        # The client has the other headers already (RFC 9110, section 15.4.5).
        return Plan(304, {"ETag": file.validators.etag, **file.guards})
    if outcome is Outcome.FAILED:
        return _problem_plan(method, file, _PRECONDITION_FAILED)
    # HEAD ignores Range, which is defined only for GET (RFC 9110, section 14.2).
    if (
        method != "GET"
        or "range" not in request
        or not range_applies(request.get("if-range"), file.validators)
    ):
        return _whole(method, file)
    try:
        parts = parse_range(request["range"], file.size_bytes)
    except RangeNotSatisfiable:
        plan = _problem_plan(method, file, _RANGE_NOT_SATISFIABLE)
        plan.headers["Content-Range"] = f"bytes */{file.size_bytes}"
        return plan
    if parts is None:
        return _whole(method, file)
    return _single(file, parts[0]) if len(parts) == 1 else _multiple(file, parts)


def _validators(file: Representation) -> dict[str, str]:
    modified = format_datetime(file.validators.modified_at, usegmt=True)
    return {
        "ETag": file.validators.etag,
        "Last-Modified": modified,
        "Accept-Ranges": "bytes",
        **file.guards,
    }


def _common_headers(file: Representation) -> dict[str, str]:
    return {**_validators(file), **file.headers}


def _whole(method: str, file: Representation) -> Plan:
    headers = {
        **_common_headers(file),
        "Content-Type": file.media_type,
        "Content-Length": str(file.size_bytes),
    }
    return Plan(200, headers, (ByteRange(0, file.size_bytes),) if method == "GET" else ())


def _single(file: Representation, part: ByteRange) -> Plan:
    headers = {
        **_common_headers(file),
        "Content-Type": file.media_type,
        "Content-Range": _content_range(part, file),
        "Content-Length": str(part.size_bytes),
    }
    return Plan(206, headers, (part,))


def _multiple(file: Representation, parts: tuple[ByteRange, ...]) -> Plan:
    """Return several ranges as multipart/byteranges (RFC 9110, section 14.6)."""
    boundary = secrets.token_hex(16)
    segments: list[Segment] = []
    for part in parts:
        head = (
            f"--{boundary}\r\nContent-Type: {file.media_type}\r\n"
            f"Content-Range: {_content_range(part, file)}\r\n\r\n"
        )
        segments += [head.encode("ascii"), part, b"\r\n"]
    segments.append(f"--{boundary}--\r\n".encode("ascii"))
    length = sum(
        len(segment) if isinstance(segment, bytes) else segment.size_bytes for segment in segments
    )
    media_type = f"multipart/byteranges; boundary={boundary}"
    headers = {**_common_headers(file), "Content-Type": media_type, "Content-Length": str(length)}
    return Plan(206, headers, tuple(segments))


def _content_range(part: ByteRange, file: Representation) -> str:
    return f"bytes {part.start}-{part.end - 1}/{file.size_bytes}"


def _problem_plan(method: str, file: Representation, problem: _Problem) -> Plan:
    document: dict[str, Any] = {
        "type": f"{paths.DOCS}#{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.title,
        "code": problem.code,
    }
    body = json.dumps(document).encode()
    headers = {
        **_validators(file),
        "Content-Type": PROBLEM,
        "Content-Length": str(len(body)),
    }
    return Plan(problem.status, headers, (body,) if method == "GET" else ())
