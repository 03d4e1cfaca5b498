"""Every import of the package follows the directions between rooms in docs/architecture.md."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "comic_downloads"
MODULES = sorted(PACKAGE.rglob("*.py"))

# What each room may import from our own package. Every room may import itself, and a module belongs
# to the room with the longest matching name. The order is from the bottom to the top.
_BELOW_USECASES = {"domain", "files", "db", "storage", "library", "packaging", "mail", "settings"}
_EVERY_USECASE = _BELOW_USECASES | {"usecases"}
ALLOWED = {
    "domain": set(),
    "settings": set(),
    "logs": set(),
    "start": {"settings"},
    "data_dir": {"settings", "start"},
    "change_signal": set(),
    "process_heartbeat": set(),
    "free_memory": set(),
    "lean_imports": set(),
    "files": {"domain"},
    "db": {"domain"},
    "storage": {"domain", "files"},
    "library": {"domain", "files"},
    "mail": {"domain"},
    "packaging": {"domain", "files"},
    "packaging.images": {"domain", "packaging"},
    "packaging.pdf": {"domain", "files", "packaging", "packaging.images"},
    "packaging.epub": {"domain", "packaging", "packaging.images"},
    "packaging.formats": {"domain", "packaging", "packaging.pdf", "packaging.epub"},
    "packaging.verify": {"domain", "packaging.formats"},
    "packaging.sizing": {"domain", "packaging", "packaging.formats"},
    # What every use case needs: context, disk, artifacts, signed tokens.
    "usecases": {"domain", "files", "db", "storage", "library", "mail", "settings"},
    "usecases.accounts": _EVERY_USECASE,
    "usecases.library": _EVERY_USECASE | {"packaging.images"},
    "usecases.preparing": _EVERY_USECASE
    | {
        "usecases.library",
        "packaging.images",
        "packaging.formats",
        "packaging.verify",
        "packaging.sizing",
    },
    "usecases.downloads": _EVERY_USECASE
    | {
        "packaging.formats",
        "packaging.sizing",
        "usecases.library",
        "usecases.preparing",
        "free_memory",  # A request for a thousand files makes garbage collection wait.
    },
    "usecases.delivery": _EVERY_USECASE | {"usecases.downloads", "usecases.library"},
    "usecases.sharing": _EVERY_USECASE
    | {"usecases.accounts", "usecases.library", "usecases.downloads", "usecases.delivery"},
    "usecases.catalog": _EVERY_USECASE
    | {"usecases.library", "usecases.downloads", "usecases.delivery"},
    "usecases.sending": _EVERY_USECASE | {"usecases.delivery"},
    "usecases.operations": _EVERY_USECASE | {"usecases.preparing"},
    "worker.queue": {"files", "settings", "process_heartbeat"},
    "wiring": {
        "settings",
        "data_dir",
        "db",
        "files",
        "storage",
        "library",
        "mail",
        "change_signal",
        "usecases",
        "worker.queue",
    },
    "start_checks": {
        "settings",
        "data_dir",
        "db",
        "domain",
        "files",
        "start",
        "usecases",
        "wiring",
        "worker.queue",
    },
    "worker": {"lean_imports"},
    "worker.supervisor": {"process_heartbeat", "usecases"},
    "worker.consumer": {"process_heartbeat", "usecases", "worker.queue"},
    "worker.process": {
        "free_memory",
        "files",
        "logs",
        "process_heartbeat",
        "usecases",
        "usecases.accounts",
        "usecases.delivery",
        "usecases.library",
        "usecases.operations",
        "usecases.preparing",
        "usecases.sending",
    },
    "web.client_address": {"settings"},
    "web.setup_notice": {"usecases", "usecases.accounts"},
    "web.api.paths": set(),
    "web.routes": {"web.api.paths"},
    "web.wording": set(),
    "web.browser_events": set(),
    "web.labels": {"domain"},
    "web.context": {"usecases"},
    "web.assets": set(),
    "web.used_styles": set(),
    "web.radix_themes": {"web.used_styles"},
    "web.page_build": {"start", "web.radix_themes"},
    "web.page_address": set(),
    "web.page_connection": set(),
    "web.page_packages": set(),
    "web.page_scripts": set(),
    "web.web_server": {"process_heartbeat"},
    "web.views": {
        "domain",
        "usecases.library",
        "usecases.downloads",
        "usecases.delivery",
        "usecases.sharing",
        "usecases.operations",
        "web.routes",
        "web.wording",
        "web.labels",
    },
    "web.live.job_changes": {
        "usecases",
        "usecases.downloads",
        "settings",
        "change_signal",
        "logs",
    },
    "web.live.preparation": {"usecases.downloads", "web.live.job_changes"},
    "web.api.ranges": {"domain", "web.api.paths"},
    "web.api": {
        "web.api.paths",
        "domain",
        "settings",
        "usecases",
        "usecases.accounts",
        "usecases.downloads",
        "usecases.delivery",
        "usecases.library",
        "web.client_address",
        "web.api.ranges",
    },
    "web.api.middleware": {
        "domain",
        "logs",
        "usecases",
        "usecases.sharing",
        "web.routes",
        "web.page_scripts",
        "web.api.paths",
        "web.api",
    },
    "web.api.routes": {
        "web.api.paths",
        "domain",
        "mail",
        "web.labels",
        "usecases",
        "usecases.accounts",
        "usecases.library",
        "usecases.downloads",
        "usecases.delivery",
        "usecases.sending",
        "usecases.sharing",
        "usecases.operations",
        "web.api",
        "web.api.middleware",
        "web.api.ranges",
        "web.live.job_changes",
    },
    "web.opds": {
        "domain",
        "usecases",
        "usecases.accounts",
        "usecases.catalog",
        "usecases.downloads",
        "usecases.library",
        "web.api.paths",
        "web.api",
        "web.api.ranges",
        "web.api.routes",
        "web.live.job_changes",
        "web.live.preparation",
    },
    "web.plain": {
        "domain",
        "usecases",
        "usecases.sharing",
        "web.labels",
        "web.wording",
        "web.api.paths",
        "web.api",
        "web.api.routes",
        "web.live.job_changes",
        "web.live.preparation",
    },
    "web.api.app": {
        "domain",
        "web.opds",
        "web.plain",
        "web.api.paths",
        "usecases",
        "web.api",
        "web.api.middleware",
        "web.api.routes",
    },
    "web.session": {
        "free_memory",
        "domain",
        "usecases",
        "usecases.accounts",
        "usecases.sharing",
        "web.client_address",
        "web.browser_events",
        "web.context",
        "web.routes",
    },
    "web.states": {
        "domain",
        "web.labels",
        "usecases",
        "usecases.accounts",
        "usecases.library",
        "usecases.downloads",
        "usecases.delivery",
        "usecases.sharing",
        "usecases.operations",
        "web.browser_events",
        "web.context",
        "web.routes",
        "web.wording",
        "web.views",
        "web.session",
    },
    "web.live": {
        "domain",
        "logs",
        "usecases.accounts",
        "usecases.downloads",
        "usecases.library",
        "usecases.operations",
        "web.browser_events",
        "web.context",
        "web.routes",
        "web.wording",
        "web.views",
        "web.session",
        "web.states",
        "web.live.job_changes",
    },
    "web.components": {
        "web.assets",
        "domain",
        "web.routes",
        "web.labels",
        "web.views",
        "web.session",
        "web.states",
    },
    "web.pages": {
        "domain",
        "web.browser_events",
        "web.labels",
        "web.routes",
        "web.views",
        "web.session",
        "web.states",
        "web.components",
    },
}

# The programs tie everything together: they may import all of it, and nothing imports them.
PROGRAMS = {"comic_downloads", "reset_password", "worker.__main__"}

# The rooms or modules that may use each of these libraries.
OWNERS = {
    "boto3": {"storage.s3"},
    "botocore": {"storage.s3", "storage.s3_reader", "storage.s3_rights", "storage.s3_upload"},
    "PIL": {
        "packaging.images",
        "library.sources.pdf_reader.jpeg",
        "library.sources.pdf_reader.mending",
    },
    "fpdf": {"packaging.pdf.structure"},
    "stream_zip": {"packaging.archive"},
    "pypdfium2": {"library.sources.pdf_reader"},
    "py7zr": {"library.sources.seven_zip"},
    "rarfile": {"library.sources.rar", "library.sources.rar_tool"},
    "huey": {"worker.queue", "worker.consumer"},
    "redis": {"worker.queue", "change_signal", "web.session.auth"},
    "reflex": {
        "web.browser_events",
        "web.session",
        "web.states",
        "web.live",
        "web.components",
        "web.pages",
        "web.routes",
        "web.page_build",
        "web.page_address",
        "web.page_packages",
        "web.radix_themes",
        "comic_downloads",
    },
    "tinycss2": {"web.used_styles"},
    "fastapi": {"web.api", "web.opds", "web.plain"},
    "alembic": {"db.migrations"},
    "sqlalchemy": {"db"},
    "sqlmodel": {"db"},
}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports_of(path: Path) -> frozenset[str]:
    """Return the dotted names that a module imports, our own with the package's name."""
    return frozenset(_read_imports(path))


def _read_imports(path: Path) -> Iterator[str]:
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


def belongs_to(name: str, room: str) -> bool:
    return name == room or name.startswith(f"{room}.")


def room_of(name: str) -> str | None:
    return max((room for room in ALLOWED if belongs_to(name, room)), key=len, default=None)


OWN_NAMES = {f"comic_downloads.{name_of(path)}" for path in MODULES}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_imports_only_what_its_room_may(path: Path):
    name = name_of(path)
    if name in PROGRAMS or (path.name == "__init__.py" and not own_imports(path)):
        return
    room = room_of(name)
    assert room, f"{name} belongs to no room: add one to ALLOWED"
    wrong = {
        target for target in own_imports(path) if room_of(target) not in {room, *ALLOWED[room]}
    }
    assert not wrong, f"{name} may not import {sorted(wrong)}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_library_is_used_by_its_owner_only(path: Path):
    name = name_of(path)
    used = {imported.split(".")[0] for imported in imports_of(path)}
    wrong = {
        lib
        for lib, owners in OWNERS.items()
        if lib in used and not any(belongs_to(name, owner) for owner in owners)
    }
    assert not wrong, f"{name} may not use {sorted(wrong)}"


@pytest.mark.parametrize("library", OWNERS)
def test_every_owner_uses_its_library(library: str):
    users = {
        name_of(path)
        for path in MODULES
        if library in {imported.split(".")[0] for imported in imports_of(path)}
    }
    idle = {
        owner for owner in OWNERS[library] if not any(belongs_to(user, owner) for user in users)
    }
    assert not idle, f"{sorted(idle)} no longer uses {library}: remove it from OWNERS"


@pytest.mark.parametrize("path", sorted((PACKAGE / "domain").glob("*.py")), ids=name_of)
def test_domain_imports_the_standard_library_only(path: Path):
    outside = (
        {name.split(".")[0] for name in imports_of(path)}
        - {"comic_downloads", "__future__"}
        - set(sys.stdlib_module_names)
    )
    assert not outside


def test_rooms_have_no_circle():
    """A room imports only rooms that stand before it in ALLOWED."""
    rooms = list(ALLOWED)
    upward = [
        f"{room} -> {other}"
        for room, others in ALLOWED.items()
        for other in others
        if rooms.index(other) > rooms.index(room)
    ]
    assert not upward


@pytest.mark.parametrize("room", ALLOWED)
def test_permission_is_used(room: str):
    """Unused permissions are removed, so that the table shows the imports that exist."""
    taken = {
        room_of(target)
        for path in MODULES
        if room_of(name_of(path)) == room and name_of(path) not in PROGRAMS
        for target in own_imports(path)
    }
    wide = {"usecases"} if room.startswith("usecases.") else set[str]()
    idle = ALLOWED[room] - taken - (_EVERY_USECASE if wide else set())
    assert not idle, f"{room} no longer imports {sorted(idle)}: remove them from ALLOWED"
