"""Any ranges, however they are requested, return exactly those bytes of the file."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from comic_downloads.domain.ranges import ByteRange, merged, total_bytes
from comic_downloads.web.api.ranges.header import MAX_RANGES, RangeNotSatisfiable, parse_range
from comic_downloads.web.api.ranges.plan import Plan, Representation, plan_answer
from comic_downloads.web.api.ranges.preconditions import Validators

numbers = st.integers(0, 60)
specifiers = st.one_of(
    st.tuples(numbers, numbers).map(lambda pair: f"{min(pair)}-{max(pair)}"),
    numbers.map(lambda first: f"{first}-"),
    numbers.map(lambda length: f"-{length}"),
)
ranges = st.lists(
    st.tuples(numbers, numbers).map(lambda pair: ByteRange(min(pair), max(pair))), max_size=12
)


def bytes_meant(specifier: str, size: int) -> set[int]:
    """Return the bytes that a single valid specifier means, by the words of the RFC."""
    first, _, last = specifier.partition("-")
    if not first:
        return set(range(max(size - int(last), 0), size))
    return set(range(int(first), min(int(last) + 1 if last else size, size)))


@given(st.lists(specifiers, min_size=1, max_size=12), numbers)
def test_the_parts_cover_exactly_what_was_asked(asked: list[str], size: int) -> None:
    wanted = set().union(*(bytes_meant(specifier, size) for specifier in asked))
    try:
        parts = parse_range("bytes=" + ",".join(asked), size)
    except RangeNotSatisfiable:
        assert not wanted
        return
    if parts is None:
        assert len(merged(ByteRange(n, n + 1) for n in wanted)) > MAX_RANGES
        return
    covered = [n for part in parts for n in range(part.start, part.end)]
    assert len(covered) == len(set(covered))
    assert set(covered) == wanted
    assert 0 < len(parts) <= MAX_RANGES


def body(plan: Plan, data: bytes) -> bytes:
    return b"".join(
        part if isinstance(part, bytes) else data[part.start : part.end] for part in plan.segments
    )


@given(st.lists(specifiers, min_size=1, max_size=12), st.binary(max_size=60))
def test_an_answer_is_as_long_as_it_says_and_holds_the_slices(
    asked: list[str], data: bytes
) -> None:
    validators = Validators('"tag"', datetime(2026, 1, 1, tzinfo=UTC))
    plan = plan_answer(
        "GET",
        {"range": "bytes=" + ",".join(asked)},
        Representation(len(data), "x/y", validators, {}, {}),
    )
    sent = body(plan, data)
    assert len(sent) == int(plan.headers["Content-Length"])
    if plan.status == 200:
        assert sent == data
    for part in plan.segments if plan.status == 206 else ():
        if isinstance(part, ByteRange):
            assert data[part.start : part.end] in sent
            assert set(range(part.start, part.end)) <= set().union(
                *(bytes_meant(s, len(data)) for s in asked)
            )


@given(st.text(max_size=40), numbers)
def test_no_text_breaks_the_parser(text: str, size: int) -> None:
    for header in (text, f"bytes={text}"):
        try:
            parts = parse_range(header, size)
        except RangeNotSatisfiable:
            continue
        assert parts is None or all(0 <= part.start < part.end <= size for part in parts)


@given(ranges)
def test_merging_keeps_the_bytes_and_leaves_gaps(parts: list[ByteRange]) -> None:
    covered = {n for part in parts for n in range(part.start, part.end)}
    result = merged(parts)
    assert {n for part in result for n in range(part.start, part.end)} == covered
    assert all(left.end < right.start for left, right in pairwise(result))
    assert total_bytes(parts) == len(covered)
