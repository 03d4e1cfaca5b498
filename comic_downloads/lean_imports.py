"""Import other software without the parts of it that nobody here uses."""

from __future__ import annotations

import sys
from importlib import import_module


def import_without(module: str, *unused: str) -> None:
    """Import a module for which some of its optional dependencies seem not to be installed.

    Args:
        module: The module; afterwards an ordinary ``import`` finds it.
        unused: The modules that it then does without. Others can still import them.
    """
    known = {name: sys.modules[name] for name in unused if name in sys.modules}
    # None in their place makes the import of a module fail (“import system” in Python's reference).
    for name in unused:
        sys.modules[name] = None  # pyright: ignore[reportArgumentType]
    try:
        import_module(module)
    finally:
        for name in unused:
            del sys.modules[name]
        sys.modules.update(known)
