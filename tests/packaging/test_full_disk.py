"""A disk that fills up while a file is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from comic_downloads.domain.errors import StorageUnavailable
from comic_downloads.domain.formats import Format
from tests.packaging.test_archives import WRITERS
from tests.packaging.zoo import book, numbered_pages, silent

ROOT = Path(__file__).parents[2]
# With a limit on the size of files, the kernel refuses writes as a full disk does. This works on
# any machine and without root.
PROGRAM = """
import io, resource, signal, sys
from pathlib import Path
from PIL import Image
from comic_downloads.domain.errors import DiskFull
from comic_downloads.domain.quality import Preset
from tests.packaging.test_archives import WRITERS
from tests.packaging.zoo import MAX_PIXELS, book, convert, encoded, facts_of, page, silent

kind, folder = sys.argv[1], Path(sys.argv[2])
data = encoded(Image.effect_noise((900, 900), 80), "JPEG", quality=95)
facts = facts_of(data)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    if kind == "convert":
        preset = Preset("", max_height=800, jpeg_quality=95)
        convert(io.BytesIO(data), facts, preset, folder / "out", MAX_PIXELS)
    else:
        WRITERS[kind](book([page("1.jpg", data)] * 20), folder / "out", silent)
except DiskFull as error:
    print(error.detail)
"""


@pytest.mark.parametrize("kind", [*Format, "convert"])
def test_full_disk_is_named_and_leaves_nothing_behind(kind: str, tmp_path: Path):
    command = [sys.executable, "-c", PROGRAM, kind, str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert "disk is full" in done.stdout, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_written_to_is_named(tmp_path: Path):
    for write in WRITERS.values():
        with pytest.raises(StorageUnavailable, match="No such file"):
            write(book(numbered_pages(1)), tmp_path / "gone" / "out", silent)
