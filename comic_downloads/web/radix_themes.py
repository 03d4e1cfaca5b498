"""Build the pages with those parts of Radix Themes that they use.

Radix Themes has 57 components, 31 colours, and a class for every value of every property on every
width of the screen: 88 kB of styles, compressed. The pages use a third of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import reflex as rx

from .used_styles import Used, used_styles

# The colours of everything: the accent, the shades of gray, and those of marks and buttons.
COLOURS = frozenset({"iris", "sand", "gray", "red", "amber", "green"})

_STYLESHEET = "@radix-ui/themes/styles.css"
_ALL_STYLES = "styles/__reflex_global_styles.css"
_USED_STYLESHEET = "radix-themes.css"
_COMPONENTS = "dist/esm/components"

_IMPORTED = re.compile(r"import \{([^}]*)\} from \"@radix-ui/themes\"")
_IMPORTED_FILE = re.compile(r"from\s*\"(\.[^\"]+)\"")
_WORD = re.compile(r"[\w-]+")
_COLOUR_ATTRIBUTES = {"data-accent-color", "data-gray-color"}
# The page gives an element other values on wider screens.
_RESPONSIVE = '["initial"]'


class UsedThemes(rx.plugins.RadixThemesPlugin):
    """Radix Themes without the components that no page uses."""

    def get_frontend_dependencies(self, **context: Any) -> tuple[str, ...]:
        """Return nothing, because Reflex would put all of such a package into the pages.

        It offers them to components that are evaluated at run time, and there are none. The package
        is installed because components are imported from it.
        """
        return ()


def keep_used_styles(web: Path) -> None:
    """Make the compiled pages import only the styles of Radix Themes that they use.

    ``web`` is the folder of the compiled pages and the installed packages.

    Raises:
        RuntimeError: Radix Themes or Reflex has changed, and this module has to be adapted.
    """
    package = web / "node_modules/@radix-ui/themes"
    pages = [path.read_text() for path in _scripts(web)]
    components = [path.read_text() for path in _imported_files(package, pages)]
    own_styles = [path.read_text() for path in (web / "styles/styles").glob("*.css")]
    used = _UsedByPages(pages, components)
    sheet = used_styles(
        (package / "styles.css").read_text(), used, [*pages, *components, *own_styles]
    )
    (web / "styles" / _USED_STYLESHEET).write_text(sheet)
    all_styles = web / _ALL_STYLES
    imports = all_styles.read_text()
    if _STYLESHEET not in imports:
        raise RuntimeError(f"Reflex imports no {_STYLESHEET}: adapt radix_themes.py")
    all_styles.write_text(imports.replace(_STYLESHEET, f"./{_USED_STYLESHEET}"))


def _scripts(web: Path) -> Iterator[Path]:
    for folder in ("app", "app_components", "components", "utils"):
        yield from sorted((web / folder).rglob("*.js*"))


def _imported_files(package: Path, pages: list[str]) -> set[Path]:
    """Return the modules of the components that the pages import, with all that those import."""
    names = {
        name.split(" as ")[0].strip()
        for page in pages
        for listed in _IMPORTED.findall(page)
        for name in listed.split(",")
    }
    waiting = [package / _COMPONENTS / f"{_file_name(name)}.js" for name in names]
    if not waiting:
        raise RuntimeError("No page imports Radix Themes: adapt radix_themes.py")
    found: set[Path] = set()
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            imported = _IMPORTED_FILE.findall(path.read_text())
            waiting += [(path.parent / name).resolve() for name in imported]
    return found


def _file_name(component: str) -> str:
    """Return ``alert-dialog`` for ``AlertDialog``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", component).lower()


class _UsedByPages(Used):
    """What pages use of Radix Themes, by the words in the scripts of its components."""

    def __init__(self, pages: list[str], components: list[str]) -> None:
        self._words = {word for text in (*pages, *components) for word in _WORD.findall(text)}
        self._is_responsive = any(_RESPONSIVE in page for page in pages)

    def uses_class(self, name: str) -> bool:
        """Return False for classes of Radix that no imported component has.

        A class for a value, such as ``rt-r-size-2``, is put together by the components.
        """
        width, _, plain = name.rpartition(":")
        if not plain.startswith("rt-") or plain in self._words:
            return not width or self._is_responsive
        parts = plain.split("-")
        return (not width or self._is_responsive) and any(
            "-".join(parts[:end]) in self._words for end in range(2, len(parts))
        )

    def uses_attribute(self, name: str, value: str) -> bool:
        """Return False for a colour that the pages do not have."""
        return name not in _COLOUR_ATTRIBUTES or not value or value in COLOURS

    def uses_group(self, name: str, condition: str) -> bool:
        """Return False for the colours of screens with more of them, which we do without."""
        return "display-p3" not in condition
