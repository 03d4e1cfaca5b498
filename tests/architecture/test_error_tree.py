"""The error tree is as its docstring draws it, and its codes are stable and documented."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from comic_downloads.domain import errors
from comic_downloads.domain.errors import (
    ComicDownloadsError,
    CrashLoop,
    InputError,
    JobError,
    TransientError,
)

API_DOCS = Path(__file__).resolve().parents[2] / "docs" / "api.md"
SHARED = {
    frozenset({"PagesDamaged", "PageUnreadable"}),
    frozenset({"InvalidRequest", "RequestRefused"}),
    frozenset({"InsufficientStorage", "DatabaseFull", "DiskFull"}),
}


def children(base: type[ComicDownloadsError]) -> list[type[ComicDownloadsError]]:
    """The subclasses in the order of their definition, without those of other tests."""
    return [kind for kind in base.__subclasses__() if kind.__module__ == errors.__name__]


def drawn(base: type[ComicDownloadsError], before: str = "") -> Iterator[str]:
    """The lines of the tree below the class, as the docstring draws them."""
    kinds = children(base)
    for kind in kinds:
        is_last = kind is kinds[-1]
        yield f"{before}{'└── ' if is_last else '├── '}{kind.__name__}"
        yield from drawn(kind, before + ("    " if is_last else "│   "))


def below(base: type[ComicDownloadsError]) -> Iterator[type[Any]]:
    for kind in children(base):
        yield kind
        yield from below(kind)


ALL = list(below(ComicDownloadsError))
CODES = sorted({kind.code for kind in ALL})


def test_the_docstring_draws_every_class():
    lines = (errors.__doc__ or "").splitlines()
    start = lines.index("ComicDownloadsError") + 1
    assert lines[start : lines.index("", start)] == list(drawn(ComicDownloadsError))


def test_a_code_means_one_thing():
    named: dict[str, set[str]] = defaultdict(set)
    for kind in ALL:
        if "code" in vars(kind) and kind is not JobError:
            named[kind.code].add(kind.__name__)
    shared = {frozenset(names) for names in named.values() if len(names) > 1}
    assert shared == SHARED


@pytest.mark.parametrize("kind", list(below(JobError)), ids=lambda kind: kind.__name__)
def test_only_transient_errors_are_retried(kind: type[JobError]):
    assert kind.retryable == issubclass(kind, TransientError)
    assert issubclass(kind, TransientError | InputError | CrashLoop)


@pytest.mark.parametrize("code", CODES)
def test_the_documentation_lists_the_code(code: str):
    assert re.search(rf"`{code}`", API_DOCS.read_text())
