"""The child that reads samples through the product: a scan, then a CBZ, a PDF and an EPUB."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import Image
from sqlmodel import col, select

from benchmarks.corpus.limited import answer
from benchmarks.corpus.pictures import keep_small, upright
from benchmarks.corpus.samples import Kind, Sample, put_as_comic
from benchmarks.packaging.one_run import peak_megabytes
from comic_downloads.db.tables import Artifact, Comic, Job, LibraryScan, Page
from comic_downloads.domain.errors import ComicDownloadsError
from comic_downloads.usecases.delivery.layout_file import LayoutFile
from comic_downloads.usecases.delivery.layouts import Layouts
from comic_downloads.usecases.downloads.control import remove_download
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.library.page_images import page_image
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from tests.queue.world import open_world

FORMATS = ("cbz", "pdf", "epub")
# The pages of a comic whose pixels are compared.
MAX_COMPARED = 8
SMALL_SIDE = 400
CHUNK_BYTES = 1 << 20


class Reader:
    """One installation whose library holds one sample at a time."""

    def __init__(self, folder: Path, pictures: Path) -> None:
        self.world = open_world(folder, None, LOG_LEVEL="warning")
        self.user = self.world.add_user("reader")
        self.layouts = Layouts(self.world.context)
        self.pictures = pictures

    def read(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return what the product made of the sample, and store small pictures of its pages."""
        sample = Sample(Path(question["path"]), question["name"], Kind(question["kind"]))
        library = self.world.settings.library
        for old in library.iterdir():
            old.unlink()
        path = put_as_comic(sample, library)
        _reset_peak()
        problems = self._scan()
        comic, pages = self._comic(path.name)
        answers: dict[str, Any] = {
            "problems": problems,
            "error": "it was passed over" if comic is None else comic.error,
            "pages": [
                {"name": page.name, "error": page.error, "sha256": page.sha256} for page in pages
            ],
            "jobs": {},
        }
        if comic is not None and not comic.error:
            prefix = self.pictures / question["number"]
            self._keep_shown(comic, pages, prefix)
            # Small pages are drawn larger, so that rounding their size does not count.
            is_small = all(max(page.width, page.height) < SMALL_SIDE for page in pages)
            for format in FORMATS:
                answers["jobs"][format] = self._job(comic.id, format, prefix, is_small=is_small)
        answers["megabytes"] = peak_megabytes()
        return answers

    def _scan(self) -> str:
        context = self.world.context
        request_scan(context)
        while not run_requested_scans(context, lambda: False):
            pass
        with context.db.read() as session:
            row = session.exec(select(LibraryScan).order_by(col(LibraryScan.id).desc())).first()
            return row.error if row else ""

    def _comic(self, path: str) -> tuple[Comic | None, list[Page]]:
        with self.world.context.db.read() as session:
            comic = session.exec(select(Comic).where(col(Comic.path) == path)).one_or_none()
            if comic is None:
                return None, []
            of_comic = select(Page).where(col(Page.comic_id) == comic.id)
            return comic, list(session.exec(of_comic.order_by(col(Page.page_index))))

    def _keep_shown(self, comic: Comic, pages: list[Page], prefix: Path) -> None:
        for page in [page for page in pages if not page.error][:MAX_COMPARED]:
            try:
                shown = page_image(self.world.context, comic.id, page.page_index, 480)
            except ComicDownloadsError as error:
                print(f"not shown: {error}", file=sys.stderr)
                continue
            keep_picture(shown.data, Path(f"{prefix}-shown-{page.page_index}.png"))

    def _job(self, comic_id: str, format: str, prefix: Path, *, is_small: bool) -> str:
        """Prepare one file; return “ready” or why there is none."""
        try:
            job = self.world.submit(self.user, comic_id, format=format, on_page_error="skip")
        except ComicDownloadsError as error:
            return f"refused: {error}"
        while self.world.job(job).status not in {"ready", "failed"}:
            if not self.world.prepare_here():
                self.world.make_due(job)
        ended = self.world.job(job)
        if ended.status == "failed":
            return f"failed: {ended.error}"
        target = prefix.with_name(f"{prefix.name}.{format}")
        self._copy(job, target)
        remove_download(self.world.context, self.user, job.id)
        fault = _fault(target, format)
        if format == "pdf":
            keep_rendered(target, f"{prefix}-pdf", MAX_COMPARED, 288 if is_small else 72)
        if format == "epub":
            for number, data in enumerate(_images(target)):
                fault = keep_picture(data, Path(f"{prefix}-epub-{number}.png")) or fault
        target.unlink()
        return fault or "ready"

    def _copy(self, job: JobSnapshot, target: Path) -> None:
        context = self.world.context
        with context.db.read() as session:
            of_job = (
                select(Artifact)
                .join(Job, col(Job.artifact_id) == col(Artifact.id))
                .where(col(Job.id) == job.id)
            )
            artifact = session.exec(of_job).one()
        layout = self.layouts.file(artifact.id, artifact.blob_key)
        with target.open("wb") as file:
            if layout is not None:
                file.writelines(_bytes_of(layout))
                return
            with context.blobs.open(artifact.blob_key) as blob:
                shutil.copyfileobj(blob, file)


def _bytes_of(layout: LayoutFile) -> Iterator[bytes]:
    """Yield the file piece by piece, each page from the library."""
    for number in range(layout.piece_count):
        literal = layout.literal(number)
        if literal is not None:
            yield literal
            continue
        page, size, done = layout.page(number), layout.start(number + 1) - layout.start(number), 0
        try:
            while done < size:
                buffer = bytearray(min(size - done, CHUNK_BYTES))
                length = page.read(done, memoryview(buffer))
                yield bytes(buffer[:length])
                done += length
        finally:
            page.close()


def _images(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.startswith("EPUB/images/")]
        for name in names[:MAX_COMPARED]:
            yield archive.read(name)


def keep_picture(data: bytes, path: Path) -> str:
    """Store a small picture of an image file; return what a strict decoder has against it."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            keep_small(upright(image), path, image.info.get("icc_profile"))
    except (OSError, SyntaxError, ValueError) as error:
        return f"Pillow: {error}"
    return ""


def keep_rendered(pdf: Path, prefix: str, pages: int, dpi: int = 72) -> None:
    """Draw the first pages of a PDF with poppler, numbered from 0."""
    command = ["pdftoppm", "-r", str(dpi), "-l", str(pages), "-png", str(pdf), f"{prefix}+"]
    subprocess.run(command, capture_output=True, check=False, timeout=120)
    for drawn in Path(prefix).parent.glob(f"{Path(prefix).name}+-*.png"):
        number = int(drawn.stem.rpartition("-")[2]) - 1
        with Image.open(drawn) as image:
            keep_small(image, Path(f"{prefix}-{number}.png"))
        drawn.unlink()


def _fault(path: Path, format: str) -> str:
    """Return what a strict program says against the file, or nothing."""
    if format == "pdf":
        done = subprocess.run(
            ["qpdf", "--check", str(path)], capture_output=True, text=True, check=False
        )
        return "" if done.returncode == 0 else f"qpdf: {(done.stderr or done.stdout)[:200]}"
    with zipfile.ZipFile(path) as archive:
        return "damaged" if archive.testzip() else ""


def _reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    answer(Reader(Path(sys.argv[1]), Path(sys.argv[2])).read)
