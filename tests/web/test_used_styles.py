"""Styles that no element of the pages can match are left out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import comic_downloads.web
from comic_downloads.web.radix_themes import COLOURS, keep_used_styles
from comic_downloads.web.used_styles import Used, used_styles

# fmt: off
RADIX_COLOURS = {
    "amber", "blue", "bronze", "brown", "crimson", "cyan", "gold", "grass", "gray", "green",
    "indigo", "iris", "jade", "lime", "mauve", "mint", "olive", "orange", "pink", "plum", "purple",
    "red", "ruby", "sage", "sand", "sky", "slate", "teal", "tomato", "violet", "yellow",
}
# fmt: on


class OnlyButtons(Used):
    def uses_class(self, name: str) -> bool:
        return not name.startswith("rt-") or name == "rt-Button"

    def uses_attribute(self, name: str, value: str) -> bool:
        return name != "data-accent-color" or value in {"", "iris"}

    def uses_group(self, name: str, condition: str) -> bool:
        return "print" not in condition


def kept(sheet: str, *others: str) -> str:
    """Return what is left of the style sheet, without line breaks."""
    return used_styles(sheet, OnlyButtons(), others).replace("\n", "")


@pytest.mark.parametrize(
    "sheet",
    [
        ".rt-Button{top:0;}",
        ":where(.rt-Card, .rt-Button){top:0;}",
        ".rt-Button:not(.rt-Card){top:0;}",
        ".rt-Button:has(.rt-Card){top:0;}",
        "[data-accent-color=iris]{top:0;}",
        "[data-accent-color]{top:0;}",
        "@supports (top:0){@media screen{p{top:0;}}}",
        "@keyframes a{to{top:0}}",
        "p{--a:1;top:var(--a);}",
    ],
)
def test_what_can_match_is_kept(sheet: str):
    assert kept(sheet) == sheet


@pytest.mark.parametrize(
    "sheet",
    [
        ".rt-Card{top:0;}",
        ".rt-Button .rt-Card{top:0;}",
        ":is(.rt-Card){top:0;}",
        ".rt-Button[data-accent-color=pink]{top:0;}",
        "@media screen{.rt-Card{top:0;}}",
        "@media print{.rt-Button{top:0;}}",
        "p{--a:var(--b);--b:2;}",
    ],
)
def test_what_nothing_can_match_is_left_out(sheet: str):
    assert kept(sheet) == ""


def test_the_selectors_of_a_rule_are_left_out_one_by_one():
    assert kept(".rt-Card,.rt-Button{top:0;}") == ".rt-Button{top:0;}"


def test_properties_that_others_name_are_kept():
    assert kept("p{--a:1;--b:2}", "color: var(--b)", "setProperty('--a')") == "p{--a:1;--b:2;}"


def test_every_colour_of_the_pages_is_kept():
    folder = Path(comic_downloads.web.__file__).parent
    named = {
        node.value
        for path in folder.rglob("*.py")
        if path.name != "radix_themes.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert named & RADIX_COLOURS <= COLOURS


@pytest.fixture
def web(tmp_path: Path) -> Path:
    """Return a folder as Reflex leaves it before the build, with a small Radix Themes."""
    files = {
        "app/root.jsx": 'import {Button as RadixThemesButton} from "@radix-ui/themes"',
        "styles/__reflex_global_styles.css": "@import url('@radix-ui/themes/styles.css');",
        "styles/styles/base.css": "p{color:var(--iris-9)}",
        "node_modules/@radix-ui/themes/styles.css": ":root{--iris-9:blue;--iris-1:white}"
        ".rt-Button.rt-r-size-2{top:0}.rt-Card{top:0}.sm\\:rt-r-size-2{top:0}",
        "node_modules/@radix-ui/themes/dist/esm/components/button.js": (
            'import{p}from"../props/size.js";a("rt-Button")'
        ),
        "node_modules/@radix-ui/themes/dist/esm/props/size.js": 'className:"rt-r-size"',
        "node_modules/@radix-ui/themes/dist/esm/components/card.js": 'a("rt-Card")',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_pages_import_the_styles_of_the_components_that_they_import(web: Path):
    keep_used_styles(web)
    imports = (web / "styles/__reflex_global_styles.css").read_text()
    assert imports == "@import url('./radix-themes.css');"
    left = (web / "styles/radix-themes.css").read_text().replace("\n", "")
    assert left == ":root{--iris-9:blue;}.rt-Button.rt-r-size-2{top:0;}"


def test_styles_for_widths_are_kept_if_a_page_has_values_for_widths(web: Path):
    (web / "app/page.jsx").write_text('size: {["initial"]: "1", ["sm"]: "2"}')
    keep_used_styles(web)
    assert "sm\\:rt-r-size-2" in (web / "styles/radix-themes.css").read_text()


def test_a_reflex_that_imports_radix_in_another_way_is_refused(web: Path):
    (web / "styles/__reflex_global_styles.css").write_text("")
    with pytest.raises(RuntimeError, match="adapt"):
        keep_used_styles(web)
