"""A disk of a few MiB, for tests of what happens when it is full."""

from __future__ import annotations

import contextlib
import subprocess
from pathlib import Path


class SmallDisk:
    """A mounted file system of a few MiB."""

    def __init__(self, folder: Path, mib: int) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", folder], check=True)

    def fill(self) -> Path:
        """Write a file until nothing more fits, and return it."""
        filler = self.folder / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while file.write(bytes(size)):
                        pass
        return filler

    def enlarge(self, mib: int) -> None:
        """Change its size."""
        subprocess.run(["mount", "-o", f"remount,size={mib}m", self.folder], check=True)

    def unmount(self) -> None:
        """Unmount it, also while its files are open."""
        subprocess.run(["umount", "--lazy", self.folder], check=True)
