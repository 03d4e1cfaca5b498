"""Write a ZIP beyond 4 GiB (ZIP64) and let 7z and unzip test it.

Usage: ``python -m benchmarks.packaging.large_archive [folder]``. It is too large for the tests. All
pages are the same file, so only the archive needs space: 4.4 GB for about a minute.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from PIL import Image

from comic_downloads.domain.formats import Format
from comic_downloads.domain.library import ComicMetadata
from comic_downloads.packaging.cbz import write_cbz
from comic_downloads.packaging.images import probe
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage
from comic_downloads.packaging.verify import verify_file

SIZE_BYTES = 4_400_000_000


def _unwatched(pages_done: int, bytes_done: int) -> None:
    """Ignore the progress."""


def main(folder: Path) -> None:
    """Write the archive below the folder, test it, and delete it.

    Raises:
        subprocess.CalledProcessError: A program found a fault.
    """
    with tempfile.TemporaryDirectory(dir=folder) as made_in:
        source, target = Path(made_in) / "page.bmp", Path(made_in) / "large.cbz"
        Image.effect_noise((4000, 5000), 50).save(source)
        facts = probe(io.BytesIO(source.read_bytes()), 100_000_000)
        pages = [OutputPage("page.bmp", facts, partial(source.open, "rb"))] * (
            SIZE_BYTES // facts.size_bytes + 1
        )
        started = time.monotonic()
        built = write_cbz(
            Document("Large", (OutputComic(ComicMetadata("Large"), pages),)), target, _unwatched
        )
        print(
            f"{built.size_bytes:,} bytes, {built.page_count} pages, "
            f"in {time.monotonic() - started:.1f} s"
        )
        verify_file(target, Format.CBZ, len(pages))
        for command in (["7z", "t", str(target)], ["unzip", "-tq", str(target)]):
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            print(f"{command[0]} found no fault")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.gettempdir()))
