"""Holds the directions of DESIGN.md by reading every import of the package."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "comic_downloads"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each part may import of our own package; everything may import itself.
ALLOWED = {
    "domain": set(),
    "settings": set(),
    "logs": set(),
    "db": {"domain"},
    "storage": {"domain"},
    "library": {"domain"},
    "packaging": {"domain"},
    "usecases": {"domain", "db", "storage", "library", "packaging", "settings"},
    "tasks": {"settings"},
    "change_signal": set(),
    "wiring": {"settings", "db", "storage", "tasks", "change_signal", "usecases"},
    "web.api": {"domain", "usecases", "settings", "logs", "web.live", "web.context", "web.routes"},
    "web.states": {"domain", "usecases", "settings", "web.live", "web.views", "web.context", "web.routes", "web.wording"},
    "web.components": {"web.states", "web.views", "web.routes", "web.wording", "domain"},
    "web.pages": {"web.states", "web.views", "web.routes", "web.wording", "web.components", "domain"},
}

# The one part that may use each of these libraries.
OWNERS = {
    "boto3": {"storage"},
    "botocore": {"storage"},
    "PIL": {"packaging.images", "library.demo"},
    "fpdf": {"packaging"},
    "stream_zip": {"packaging"},
    "pypdfium2": {"library.sources.pdf_pages"},
    "py7zr": {"library.sources.seven_zip"},
    "rarfile": {"library.sources.rar", "library.sources.rar_tool"},
    "huey": {"tasks", "worker"},
    "redis": {"tasks", "change_signal"},
    "reflex": {"web.states", "web.components", "web.pages", "web", "comic_downloads"},
    "fastapi": {"web.api"},
    "sqlalchemy": {"db", "usecases", "worker_process", "tasks"},
    "sqlmodel": {"db", "usecases"},
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Dotted names of what a module imports; our own modules without the package's name."""
    package = ["comic_downloads", *path.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            whole = ".".join([*base, *([node.module] if node.module else [])])
            yield whole
            yield from (f"{whole}.{alias.name}" for alias in node.names)


def own_imports(path: Path) -> set[str]:
    prefix = "comic_downloads."
    return {name.removeprefix(prefix) for name in imports_of(path) if name.startswith(prefix)}


def belongs_to(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


def part_of(name: str) -> str | None:
    return max((part for part in ALLOWED if belongs_to(name, part)), key=len, default=None)


# The modules at the top tie everything together and may import all of it.
PARTED = [path for path in MODULES if part_of(name_of(path))]


@pytest.mark.parametrize("path", PARTED, ids=name_of)
def test_module_imports_only_what_its_part_may(path: Path):
    part = part_of(name_of(path)) or ""
    allowed = {part, *ALLOWED[part]}
    known = {target for target in own_imports(path) if any(belongs_to(target, p) for p in (*ALLOWED, "worker"))}
    wrong = {target for target in known if not any(belongs_to(target, p) for p in allowed)}
    assert not wrong, f"{name_of(path)} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_library_is_used_by_its_owner_only(path: Path):
    name = name_of(path)
    used = {imported.split(".")[0] for imported in imports_of(path)}
    wrong = {lib for lib, owners in OWNERS.items() if lib in used and not any(belongs_to(name, owner) for owner in owners)}
    assert not wrong, f"{name} may not use {sorted(wrong)}"


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").glob("*.py")), ids=name_of)
def test_domain_imports_the_standard_library_only(path: Path):
    outside = (
        {name.split(".")[0] for name in imports_of(path)} - {"comic_downloads", "__future__"} - set(sys.stdlib_module_names)
    )
    assert not outside
