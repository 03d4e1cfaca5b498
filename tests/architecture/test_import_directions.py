"""Holds the directions that CONTRIBUTING.md names by reading every import of the package."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "comic_downloads"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each part may import of our own package; everything may import itself. A module belongs to the longest name that fits.
ALLOWED = {
    "domain": set(),
    "settings": set(),
    "logs": set(),
    "change_signal": set(),
    "db": {"domain"},
    "storage": {"domain"},
    "library": {"domain"},
    "packaging": {"domain"},
    "usecases": {"domain", "db", "storage", "library", "packaging", "settings"},
    "tasks": {"settings"},
    "wiring": {"settings", "db", "storage", "tasks", "change_signal", "usecases"},
    "supervisor": {"usecases"},
    "worker_process": {"usecases"},
    "web.client_address": set(),
    "web.routes": set(),
    "web.wording": set(),
    "web.context": {"usecases"},
    "web.page_build": set(),
    "web.page_address": set(),
    "web.live": {"usecases", "settings", "change_signal"},
    "web": {"domain", "usecases", "web.routes", "web.wording"},  # the views
    "web.api": {"domain", "usecases", "settings", "logs", "web.live", "web.context", "web.client_address", "web.routes"},
    "web.states": {
        "domain",
        "usecases",
        "settings",
        "web",
        "web.live",
        "web.context",
        "web.client_address",
        "web.routes",
        "web.wording",
    },
    "web.components": {"domain", "web", "web.states", "web.routes", "web.wording"},
    "web.pages": {"domain", "web", "web.states", "web.routes", "web.wording", "web.components"},
}

# The programs, which tie everything together: they may import all of it, and nothing imports them.
TOP = {"__init__", "comic_downloads", "worker"}

# The parts or modules that may use each of these libraries.
OWNERS = {
    "boto3": {"storage.s3"},
    "botocore": {"storage.s3", "storage.s3_reader"},
    "PIL": {"packaging.images"},
    "fpdf": {"packaging.pdf_structure"},
    "stream_zip": {"packaging.archive"},
    "pypdfium2": {"library.sources.pdf_pages"},
    "py7zr": {"library.sources.seven_zip"},
    "rarfile": {"library.sources.rar", "library.sources.rar_tool"},
    "huey": {"tasks", "worker"},
    "redis": {"tasks", "change_signal", "web.states.asking"},
    "reflex": {
        "web.states",
        "web.components",
        "web.pages",
        "web.routes",
        "web.page_build",
        "web.page_address",
        "comic_downloads",
    },
    "fastapi": {"web.api"},
    "alembic": {"db.migrations"},
    "sqlalchemy": {"db", "usecases"},
    "sqlmodel": {"db", "usecases"},
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Dotted names of the modules that a module imports; our own with the package's name."""
    package = ["comic_downloads", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            whole = ".".join([*base, *([node.module] if node.module else [])])
            named = {f"{whole}.{alias.name}" for alias in node.names}
            yield from named & OWN_NAMES or {whole}


def own_imports(path: Path) -> set[str]:
    prefix = "comic_downloads."
    return {name.removeprefix(prefix) for name in imports_of(path) if name.startswith(prefix)}


def belongs_to(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def part_of(name: str) -> str | None:
    return max((part for part in ALLOWED if belongs_to(name, part)), key=len, default=None)


OWN_NAMES = {f"comic_downloads.{name_of(path)}" for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_imports_only_what_its_part_may(path: Path):
    name = name_of(path)
    if name in TOP:
        return
    part = part_of(name)
    assert part, f"{name} belongs to no part: name one in ALLOWED"
    wrong = {target for target in own_imports(path) if part_of(target) not in {part, *ALLOWED[part]}}
    assert not wrong, f"{name} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_library_is_used_by_its_owner_only(path: Path):
    name = name_of(path)
    used = {imported.split(".")[0] for imported in imports_of(path)}
    wrong = {lib for lib, owners in OWNERS.items() if lib in used and not any(belongs_to(name, owner) for owner in owners)}
    assert not wrong, f"{name} may not use {sorted(wrong)}"


@pytest.mark.parametrize("library", OWNERS)
def test_every_owner_uses_its_library(library: str):
    users = {name_of(path) for path in MODULES if library in {imported.split(".")[0] for imported in imports_of(path)}}
    idle = {owner for owner in OWNERS[library] if not any(belongs_to(user, owner) for user in users)}
    assert not idle, f"{sorted(idle)} no longer uses {library}: take it out of OWNERS"


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").glob("*.py")), ids=name_of)
def test_domain_imports_the_standard_library_only(path: Path):
    outside = (
        {name.split(".")[0] for name in imports_of(path)} - {"comic_downloads", "__future__"} - set(sys.stdlib_module_names)
    )
    assert not outside
