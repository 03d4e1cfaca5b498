"""Clocks are handed in, so that tests can set them: only the wiring names the machine's clocks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "comic_downloads"
OWNERS = {
    "wiring.py",
    # They limit how long foreign code may run, as ``subprocess`` does, and tests set the limit.
    "db/integrity.py",
    "library/sources/rar_tool.py",
    "library/sources/seven_zip.py",
    "library/sources/tar.py",
}
MODULES = {str(path.relative_to(PACKAGE)): path for path in sorted(PACKAGE.rglob("*.py"))}
CLOCKS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"},
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
}


def clocks_named(code: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Attribute(value=ast.Name(id=owner), attr=name):
                pass
            case ast.Attribute(value=ast.Attribute(attr=owner), attr=name):
                pass
            case ast.ImportFrom(module="time" as owner, names=names):
                for alias in names:
                    if alias.name in CLOCKS[owner]:
                        yield f"{owner}.{alias.name}"
                continue
            case _:
                continue
        if name in CLOCKS.get(owner, ()):
            yield f"{owner}.{name}"


@pytest.mark.parametrize("name", sorted(MODULES.keys() - OWNERS))
def test_clock_of_the_machine_is_handed_in(name: str):
    named = list(clocks_named(MODULES[name].read_text()))
    assert not named, f"{name} names {named}: take Context.clock or Context.monotonic"


@pytest.mark.parametrize("name", sorted(OWNERS))
def test_every_owner_names_a_clock(name: str):
    assert list(clocks_named(MODULES[name].read_text())), f"remove {name} from OWNERS"


@pytest.mark.parametrize(
    "code",
    [
        "time.monotonic()",
        "from time import monotonic",
        "def f(clock=time.time): ...",
        "datetime.now(UTC)",
        "datetime.datetime.now(UTC)",
    ],
)
def test_the_search_finds_each_way_to_name_one(code: str):
    assert len(list(clocks_named(code))) == 1
