"""One module sets the status of jobs, and writes an event for each change."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "comic_downloads"
OWNER = PACKAGE / "db" / "jobs.py"
MODULES = sorted(
    path
    for folder in ("db", "usecases")
    for path in (PACKAGE / folder).rglob("*.py")
    if path != OWNER
)
# Plain values that also have a field of this name.
SNAPSHOTS = {"JobSnapshot", "GroupSnapshot", "StatusTotal", "ShareView", "GuestDownload", "Event"}


def status_changes(tree: ast.AST) -> Iterator[int]:
    """Yield the lines that set a ``status``: an attribute, a keyword of a call, or a key."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets):
                if any(isinstance(one, ast.Attribute) and one.attr == "status" for one in targets):
                    yield node.lineno
            case ast.Call(func=called, keywords=keywords):
                name = called.id if isinstance(called, ast.Name) else ""
                if name not in SNAPSHOTS and any(one.arg == "status" for one in keywords):
                    yield node.lineno
            case ast.Dict(keys=keys):
                if any(isinstance(one, ast.Constant) and one.value == "status" for one in keys):
                    yield node.lineno
            case _:
                pass


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_other_module_sets_a_status(path: Path):
    lines = list(status_changes(ast.parse(path.read_text())))
    assert not lines, f"{path} sets a status in lines {lines}: use db/jobs.move"


@pytest.mark.parametrize(
    "code",
    [
        "job.status = JobStatus.READY",
        "update(Job).values(status='ready')",
        "values = {'status': 'ready'}",
        "Job(id='1', status='ready')",
    ],
)
def test_the_search_finds_each_way_to_set_it(code: str):
    assert list(status_changes(ast.parse(code))) == [1]
