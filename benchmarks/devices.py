"""Make one comic for every device, and print the size, the speed and the verdict of epubcheck.

Usage: ``python -m benchmarks.devices [--kcc COMMAND] [DEVICE ...]``. The comic has 40 pages: gray
scans with margins and page numbers, pages in colour, double pages and a tall strip. Each device
gets the format that it opens best, with everything that is on by default for it. It fails if
epubcheck finds a fault, if a page is larger than its screen, or if the estimate is wrong by more
than 15 %.

With the command that starts Kindle Comic Converter (``kcc-c2e``), the same comic is made with it
for the same screen, and its speed and size stand below ours. Further lines compare pages that are
only shrunk, without cropping and levels: bytes a page, and how similar (SSIM) they are to the
source.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

from benchmarks.kcc import PLAIN, images_of, run_kcc, sharpness
from benchmarks.packaging.sample_pages import HEIGHT, WIDTH, draw_page
from comic_downloads.domain.devices import DEVICES, Device
from comic_downloads.domain.formats import Format
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import estimate_download
from tests.packaging.conftest import migrate
from tests.queue.world import World, open_world

SCANS, COLOURED, DOUBLE = 30, 6, 3
PAGES = SCANS + COLOURED + DOUBLE + 1
# Pages to compare the sharpness of.
PLAIN_PAGES = 9
MAX_ESTIMATE_ERROR = 0.15


def scan(number: int) -> Image.Image:
    """Return a gray scan with margins and a page number; the paper is not quite white."""
    page = Image.new("L", (WIDTH, HEIGHT), 232)
    drawn = draw_page(number).convert("L").resize((WIDTH - 320, HEIGHT - 420))
    page.paste(drawn.point([40 + value * 190 // 255 for value in range(256)]), (160, 180))
    left = WIDTH // 2 + 6 * number
    ImageDraw.Draw(page).rectangle((left, HEIGHT - 110, left + 40, HEIGHT - 75), fill=45)
    return ImageChops.add(page, Image.effect_noise(page.size, 6), 1, -128)


def write_comic(library: Path) -> None:
    """Write the comics as folders of JPEG pages."""
    folder = library / "Comic"
    folder.mkdir(parents=True)
    pages = [scan(number) for number in range(SCANS)]
    pages += [draw_page(number) for number in range(COLOURED)]
    for number in range(DOUBLE):
        double = Image.new("RGB", (2 * WIDTH, HEIGHT))
        double.paste(draw_page(number), (0, 0))
        double.paste(draw_page(number + 1), (WIDTH, 0))
        pages.insert(10 * (number + 1), double)
    strip = Image.new("RGB", (800, 9000), "white")
    for number in range(10):
        strip.paste(draw_page(number).resize((760, 800)), (20, 20 + 900 * number))
    pages.append(strip)
    for number, page in enumerate(pages, start=1):
        page.save(folder / f"{number:03}.jpg", quality=85)
    plain = library / "Plain"
    plain.mkdir()
    for number in range(PLAIN_PAGES):
        drawn = scan(number) if number % 3 else draw_page(number)
        drawn.save(plain / f"{number:03}.jpg", quality=85)


@dataclass(frozen=True)
class Comics:
    """The comic for devices, and the one of pages that are only shrunk; by their ids."""

    whole: str
    plain: str


def verdict(path: Path, format: Format) -> str:
    """Return what epubcheck says of the file; empty for other formats and without epubcheck."""
    jar = shutil.which("epubcheck")
    if format is not Format.EPUB or jar is None or shutil.which("java") is None:
        return ""
    done = subprocess.run(
        ["java", "-jar", jar, "--failonwarnings", str(path)], capture_output=True, check=False
    )
    return "clean" if done.returncode == 0 else "FAULTS"


def largest_page(path: Path) -> tuple[int, int]:
    """Return the largest width and height of the pages of an archive."""
    sizes = [(0, 0)]
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".jpg", ".png")):
                with archive.open(name) as file, Image.open(file) as page:
                    sizes.append(page.size)
    return max(width for width, _ in sizes), max(height for _, height in sizes)


def measure(world: World, user: str, comic: str, device: Device) -> bool:
    """Make the file of one device, print a line about it, and return whether it is right."""
    format = str(device.format)
    request = DownloadRequest(comic_ids=(comic,), format=format, quality=device.name)
    estimated = estimate_download(world.context, request).size_bytes
    shutil.rmtree(world.settings.work_dir / "pages", ignore_errors=True)
    asked = world.submit(user, comic, format=format, quality=device.name)
    began_at = time.monotonic()
    world.prepare_here()
    seconds, job = time.monotonic() - began_at, world.job(asked)
    made = world.settings.data.glob(f"storage/artifacts/**/*.{device.format}")
    path = max(made, key=lambda found: found.stat().st_mtime)
    said, error = verdict(path, device.format), estimated / (job.file_size_bytes or 1) - 1
    fits = device.format is Format.PDF or device.height is None
    if not fits:
        width, height = largest_page(path)
        fits = width <= device.width and height <= (device.height or height)
    is_right = fits and said != "FAULTS" and abs(error) <= MAX_ESTIMATE_ERROR
    print(
        f"{device.name:24} {device.format:5} {(job.file_size_bytes or 0) / 1e6:7.1f} MB "
        f"{job.pages_total:4} pages {job.pages_total / seconds:6.1f} /s  "
        f"estimate {error:+5.0%} {said:7}{'' if fits else 'PAGES TOO LARGE'}",
        flush=True,
    )
    path.unlink()
    return is_right


def measure_kcc(world: World, user: str, comics: Comics, device: Device, command: str) -> None:
    """Print what Kindle Comic Converter makes of the same pages for the same screen."""
    library = world.settings.library
    made = run_kcc(command, library / "Comic", device, str(device.format))
    print(
        f"{'  KCC':24} {device.format:5} {len(made.data) / 1e6:7.1f} MB {PAGES:4} pages "
        f"{PAGES / made.seconds:6.1f} /s"
    )
    asked = world.submit(
        user,
        comics.plain,
        format="cbz",
        quality=device.name,
        crop_margins=False,
        levels=False,
    )
    world.prepare_here()
    with world.file_of(world.job(asked)) as archive:
        assert archive.fp is not None
        archive.fp.seek(0)
        ours = archive.fp.read()
    theirs = run_kcc(command, library / "Plain", device, "cbz", PLAIN).data
    sources = [Image.open(path) for path in sorted((library / "Plain").iterdir())]
    for name, data in (("  plain pages", ours), ("  plain pages, KCC", theirs)):
        pages = images_of(data)
        print(
            f"{name:24} {len(data) / len(pages) / 1000:7.0f} kB a page, "
            f"SSIM {sharpness(pages, sources):.3f}",
            flush=True,
        )


def main() -> None:
    """Measure the devices that were named, or all; exit with 1 if a file is not right."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.devices", description=__doc__)
    parser.add_argument("--kcc", metavar="COMMAND", help="starts kcc-c2e, to compare with")
    parser.add_argument("devices", nargs="*", metavar="DEVICE", help="names (default: all)")
    arguments = parser.parse_args()
    names = arguments.devices or list(DEVICES)
    with tempfile.TemporaryDirectory() as folder:
        world = open_world(Path(folder), None)
        migrate(world.context.db)
        write_comic(world.settings.library)
        user, comics = world.add_user("reader"), Comics(world.scan("Comic"), world.scan("Plain"))
        right: list[bool] = []
        for name in names:
            right.append(measure(world, user, comics.whole, DEVICES[name]))
            if arguments.kcc:
                measure_kcc(world, user, comics, DEVICES[name], arguments.kcc)
        world.end()
    sys.exit(0 if all(right) else 1)


if __name__ == "__main__":
    main()
