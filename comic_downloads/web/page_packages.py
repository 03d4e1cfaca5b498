"""Install the JavaScript packages in one run of npm, as reflex.lock pins them.

After that, Reflex adds every package again that it names with a version, in two more runs of npm.
Where reflex.lock pins the same versions, these change nothing and take as long as the build.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from reflex.utils import js_runtimes

LOCK = Path(__file__).resolve().parents[2] / "reflex.lock" / "package-lock.json"

_framework_packages = js_runtimes._pinned_args_from_constants
_by_version = js_runtimes._split_by_version_specifier


def skip_locked_packages() -> None:
    """Make Reflex add only the packages that reflex.lock does not pin at their version."""
    js_runtimes._pinned_args_from_constants = packages_to_add
    js_runtimes._split_by_version_specifier = _by_version_to_add


def packages_to_add(packages: dict[str, str]) -> set[str]:
    """Return those of Reflex's own packages, with their versions, that reflex.lock does not pin."""
    return _framework_packages(packages) - _locked()


def _by_version_to_add(packages: set[str]) -> tuple[set[str], set[str]]:
    """Return the packages to add with a version, and those without one."""
    pinned, unpinned = _by_version(packages)
    return pinned - _locked(), unpinned


@cache
def _locked() -> frozenset[str]:
    """Return what reflex.lock pins, as Reflex names it: ``name@1.0.2`` or ``name@v1.0.2``.

    Empty without reflex.lock, which Reflex then writes.
    """
    if not LOCK.exists():
        return frozenset()
    packages = json.loads(LOCK.read_text())["packages"]
    versions = {
        path.removeprefix("node_modules/"): packages[path]["version"] for path in packages if path
    }
    return frozenset(
        f"{name}@{v}{version}" for name, version in versions.items() for v in ("", "v")
    )
