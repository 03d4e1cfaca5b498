"""Build the pages once: a production start that finds them built serves them as they are.

Reflex builds the pages at every production start and has no switch for it, so three of its
functions are wrapped. Built pages need no Node. They count as built once ``pages.json`` lies
beside them. It is written last and holds a digest of what the pages were built from and of the
pages themselves, so that changed sources and damaged or half-built pages are noticed.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import distributions
from multiprocessing import get_context
from pathlib import Path
from types import ModuleType
from typing import Any

from reflex.utils import build, prerequisites
from reflex.utils.exec import is_prod_mode
from reflex_base.constants import Dirs, Reflex
from reflex_base.environment import environment

from ..start import StartError, user_name
from .radix_themes import keep_used_styles

ROOT = Path(__file__).resolve().parents[2]
STAMP = "pages.json"

# Variables that change what Vite and Reflex make of the same sources.
_SWITCHES = ("VITE_", "REFLEX_FRONTEND_PATH")

_needs_reinit = prerequisites.needs_reinit
_compile = prerequisites.get_compiled_app
_build = build.build


def reuse_built_pages() -> None:
    """Make Reflex prepare, compile and build the pages only where they are not built yet.

    Reflex compiles and builds under its lock of the web folder, so of several starts at a time one
    builds and the others wait.
    """
    _sources_digest()  # Kept from before the sources are imported: edits since then need a build.
    prerequisites.needs_reinit = _needs_reinit_unless_built
    prerequisites.get_compiled_app = _compile_unless_built
    build.build = _build_unless_built


def require_pages() -> None:
    """Check that the pages are built, or can be.

    Raises:
        StartError: They are not, and this user cannot write to the web folder.
    """
    web = prerequisites.get_web_dir().resolve()
    nearest = next(folder for folder in (web, *web.parents) if folder.exists())
    needed = (nearest, web / Dirs.BACKEND, web / Dirs.STATIC)
    closed = [folder for folder in needed if folder.exists() and not os.access(folder, os.W_OK)]
    if not closed or are_pages_built():
        return
    raise StartError(
        f"The pages have to be built in {web}, and user {user_name()} cannot write to {closed[0]}, "
        f"which belongs to user {user_name(closed[0].stat().st_uid)}. Change its owner "
        f"(chown -R {os.geteuid()}), or set REFLEX_WEB_WORKDIR to a folder that this user may "
        "write to."
    )


def built_pages() -> Path:
    """Return the folder that the pages are served from."""
    return prerequisites.get_web_dir() / Dirs.STATIC


def are_pages_built() -> bool:
    """Return whether the web folder holds whole pages of these sources and versions."""
    web = prerequisites.get_web_dir()
    try:
        return json.loads((web / STAMP).read_text()) == _stamp(web)
    except (OSError, ValueError):
        return False


def _needs_reinit_unless_built() -> bool:
    return not (is_prod_mode() and are_pages_built()) and _needs_reinit()


def _compile_unless_built(*args: Any, **options: Any) -> ModuleType:
    """Compile the pages where they are not built yet, and return the app's module.

    In production a process forked for it compiles, because this one would keep half of the 70 MB
    that it takes for as long as it serves.
    """
    if not is_prod_mode():
        return _compile(*args, **options)
    app = prerequisites.get_app()
    if not are_pages_built():
        compiler = get_context("fork").Process(target=_compile, args=args, kwargs=options)
        compiler.start()
        compiler.join()
        if compiler.exitcode:
            sys.exit(1)
    environment.REFLEX_SKIP_COMPILE.set(True)
    return app


def _build_unless_built() -> None:
    """Build the pages, then write the stamp. Pages of a preview are not those of production."""
    web = prerequisites.get_web_dir()
    if is_prod_mode() and are_pages_built():
        return
    (web / STAMP).unlink(missing_ok=True)
    _forget_this_start(web / Reflex.JSON)
    keep_used_styles(web)
    _build()
    if is_prod_mode():
        _write_whole(web / STAMP, json.dumps(_stamp(web)))


def _forget_this_start(about_reflex: Path) -> None:
    """Leave only Reflex's version in its file, which becomes part of the scripts.

    Reflex notes the time of the start and a random number there, which would give the scripts
    other names in every build.
    """
    version = json.loads(about_reflex.read_text())["version"]
    _write_whole(about_reflex, json.dumps({"version": version}))


def _write_whole(path: Path, text: str) -> None:
    """Write the file under another name and rename it, so that a part of it is never seen."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _stamp(web: Path) -> dict[str, str]:
    pages = (path for part in (Dirs.STATIC, Dirs.BACKEND) for path in (web / part).rglob("*"))
    return {"sources": _sources_digest(), "pages": _digest(web, pages, "")}


@cache
def _sources_digest() -> str:
    """Return the digest of what decides how the pages look.

    These are our files, Reflex's packages and the switches. ``reflex.lock`` pins the JavaScript
    packages. Node is left out: where the pages are built already, there may be none.
    """
    versions = {f"{package.name}=={package.version}" for package in distributions()}
    of_reflex = {version for version in versions if version.startswith("reflex")}
    variables = os.environ.items()
    switches = {f"{name}={value}" for name, value in variables if name.startswith(_SWITCHES)}
    switches.add(f"prerendered={environment.REFLEX_SSR.get()}")  # reflex export sets its default.
    return _digest(ROOT, _source_files(), "\n".join(sorted(of_reflex | switches)))


def _source_files() -> Iterator[Path]:
    yield ROOT / "rxconfig.py"
    yield from (ROOT / "comic_downloads").rglob("*.py")
    yield from (ROOT / "reflex.lock").iterdir()
    yield from (path for path in (ROOT / "assets").rglob("*") if "external" not in path.parts)


def _digest(folder: Path, paths: Iterable[Path], further: str) -> str:
    """Return the SHA-256 over the text, and the names below the folder and bytes of all files."""
    digest = hashlib.sha256(further.encode())
    for path in sorted(path for path in paths if path.is_file()):
        name = path.relative_to(folder).as_posix()
        digest.update(f"\n{name} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return digest.hexdigest()
