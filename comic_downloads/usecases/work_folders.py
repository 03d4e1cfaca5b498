"""Where a machine keeps what it is preparing: ``DATA_DIR/work``.

``jobs/<job id>/`` holds the unfinished file of each attempt and, in ``pages``, the digests of the pages the job converts;
``pages/<rendition>/<digest>`` the converted pages themselves, shared by jobs of one preset.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from ..domain.manifest import Manifest


class WorkFolders:
    def __init__(self, root: Path) -> None:
        self._jobs = root / "jobs"
        self._pages = root / "pages"

    def job(self, job_id: str) -> Path:
        folder = self._jobs / job_id
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def rendition(self, rendition_key: str) -> Path:
        return self._pages / rendition_key

    def note_pages(self, job_id: str, rendition_key: str, manifest: Manifest) -> None:
        """Writes down which converted pages the job uses, so that cancelling it can remove them."""
        digests = sorted({page.facts.sha256 for _, page in manifest.pages()})
        (self.job(job_id) / "pages").write_text("\n".join([rendition_key, *digests]))

    def job_ids(self) -> list[str]:
        return [folder.name for folder in self._jobs.iterdir()] if self._jobs.is_dir() else []

    def drop_job(self, job_id: str) -> None:
        """Removes the job's folder; converted pages stay for other jobs."""
        shutil.rmtree(self._jobs / job_id, ignore_errors=True)

    def drop_job_and_pages(self, job_id: str) -> None:
        """Removes the job's folder and the converted pages that no other job here uses."""
        unused = self._pages_of(job_id)
        for other in self.job_ids():
            if other != job_id:
                unused -= self._pages_of(other)
        for path in unused:
            path.unlink(missing_ok=True)
        self.drop_job(job_id)
        self._drop_empty_renditions()

    def drop_old_pages(self, before: datetime) -> int:
        """Removes converted pages last used before that time and counts them."""
        dropped = 0
        for path in self._all_pages():
            if path.stat().st_mtime < before.timestamp():
                path.unlink(missing_ok=True)
                dropped += 1
        self._drop_empty_renditions()
        return dropped

    def _pages_of(self, job_id: str) -> set[Path]:
        noted = self._jobs / job_id / "pages"
        if not noted.is_file():
            return set()
        rendition_key, *digests = noted.read_text().split("\n")
        return {self._pages / rendition_key / digest for digest in digests}

    def _all_pages(self) -> Iterator[Path]:
        return self._pages.glob("*/*")

    def _drop_empty_renditions(self) -> None:
        for folder in self._pages.glob("*"):
            if not any(folder.iterdir()):
                folder.rmdir()
