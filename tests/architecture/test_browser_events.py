"""Toasts, redirects and scripts with text of others are made in one module, which quotes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "comic_downloads"
MAKER = PACKAGE / "web" / "browser_events.py"
MODULES = sorted(set(PACKAGE.rglob("*.py")) - {MAKER})

# The functions of Reflex whose text becomes JavaScript or an address.
TEXT_TAKERS = {
    "redirect",
    "call_script",
    "run_script",
    "call_function",
    "download",
    "console_log",
    "window_alert",
    "set_title",
    "set_clipboard",
}
# What a module may put in although it varies, with the reason.
VARIES = {("reader.py", "call_script"): "the number of a page, which is an integer"}


def calls_of_reflex(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls of ``rx.…`` with the name that follows, such as ``toast.error``."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and (name := ast.unparse(node.func)).startswith("rx."):
            yield name.removeprefix("rx."), node


def is_constant(text: ast.expr) -> bool:
    """Return True if the text is written in the source, or a constant of ours."""
    if isinstance(text, ast.JoinedStr):
        return all(map(is_constant, text.values))
    if isinstance(text, ast.FormattedValue):
        return is_constant(text.value)
    if isinstance(text, ast.Name | ast.Attribute):
        return ast.unparse(text).rpartition(".")[2].strip("_").isupper()
    return isinstance(text, ast.Constant)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_other_module_makes_events_of_the_browser_from_text_that_varies(path: Path) -> None:
    for name, call in calls_of_reflex(path):
        place = f"{path.name}:{call.lineno}: rx.{name}"
        assert name == "toast.provider" or not name.startswith("toast"), place
        if name in TEXT_TAKERS and (path.name, name) not in VARIES:
            assert all(map(is_constant, call.args)), place
