"""Functions of the product have few parameters and do one thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "comic_downloads"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_PARAMETERS = 5

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(code: str) -> Iterator[Function]:
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, Function):
            yield node


def parameters_of(function: Function) -> list[str]:
    """Return the names of the parameters, without ``self`` and ``cls``, ``*`` and ``**``."""
    described = function.args
    every = [*described.posonlyargs, *described.args, *described.kwonlyargs]
    return [one.arg for one in every if one.arg not in {"self", "cls"}]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_function_has_at_most_five_parameters(path: Path):
    wide = {
        function.name: parameters
        for function in functions_of(path.read_text())
        if len(parameters := parameters_of(function)) > MAX_PARAMETERS
    }
    assert not wide, f"{path} has {wide}: group values that belong together in a dataclass"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_name_of_a_function_says_one_thing(path: Path):
    double = [
        function.name for function in functions_of(path.read_text()) if "_and_" in function.name
    ]
    assert not double, f"{path} has {double}: split them"


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("def add(a, b, /, c, *, d): ...", 4),
        ("class Sum:\n    async def add(self, a, *more, b, **others): ...", 2),
        ("def outer():\n    def inner(a, b): ...", 2),
    ],
)
def test_parameters_of_every_kind_are_counted(code: str, count: int):
    assert max(len(parameters_of(function)) for function in functions_of(code)) == count
