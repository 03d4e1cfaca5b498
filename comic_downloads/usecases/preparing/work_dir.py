"""Where a machine keeps what it is preparing: ``DATA_DIR/work``.

``jobs/<job id>/`` holds the unfinished file of each attempt and, in ``pages.<rendition>``, the digests of the pages the job
converts, a note for each rendition it has tried; ``pages/<rendition>/<digest>`` the converted pages themselves, shared by jobs
of one preset.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime
from pathlib import Path

from ...domain.manifest import Manifest
from ...files.locks import Lock, try_lock
from ...files.output import write_whole

_NOTE = "pages"  # alone, the only note of a job that an older version began
_KEPT_BETWEEN_ATTEMPTS = frozenset({"lock", _NOTE})  # the beginnings of names
_TIDYING_SECONDS = 5.0  # more than it takes to remove one job's folder


class WorkFolders:
    def __init__(self, root: Path) -> None:
        self._jobs = root / "jobs"
        self._pages = root / "pages"

    @contextmanager
    def in_use(self, job_id: str) -> Iterator[Path]:
        """The job's folder, which is not tidied away during the block."""
        folder = self._jobs / job_id
        lock = try_lock(folder / "lock", shared=True, timeout_seconds=_TIDYING_SECONDS)
        with lock or nullcontext():
            yield folder

    def try_lock_idle(self, job_id: str) -> Lock | None:
        """Lock out new attempts at the job, or return None if one is using the job's folder."""
        return try_lock(self._jobs / job_id / "lock")

    def pages_of(self, preset_key: str) -> Path:
        return self._pages / preset_key

    def note_pages(self, job_id: str, preset_key: str, manifest: Manifest) -> None:
        """Writes down which converted pages the job uses, so that cancelling it can remove them. Raises DiskFull."""
        digests = sorted({page.facts.sha256 for _, page in manifest.pages()})
        write_whole(
            self._jobs / job_id / f"{_NOTE}.{preset_key}",
            "\n".join([preset_key, *digests]).encode(),
        )

    def job_ids(self) -> list[str]:
        return [folder.name for folder in self._jobs.iterdir()] if self._jobs.is_dir() else []

    def has_unfinished(self, job_id: str) -> bool:
        """True if a file lies there that an attempt is making, or was making when it was killed."""
        return any(self._unfinished(job_id))

    def drop_unfinished(self, job_id: str) -> None:
        """Removes what killed attempts left, which takes the whole size of the file each; for a folder that is idle."""
        for path in self._unfinished(job_id):
            path.unlink(missing_ok=True)

    def _unfinished(self, job_id: str) -> Iterator[Path]:
        return (
            path
            for path in (self._jobs / job_id).glob("*")
            if path.name.split(".")[0] not in _KEPT_BETWEEN_ATTEMPTS
        )

    def drop_job(self, job_id: str) -> None:
        """Removes the job's folder; converted pages stay for other jobs."""
        shutil.rmtree(self._jobs / job_id, ignore_errors=True)

    def drop_job_and_pages(self, job_id: str) -> None:
        """Removes the job's folder and the converted pages that no other job here uses."""
        self._drop_unshared(job_id, self._pages_of(job_id))
        self.drop_job(job_id)

    def drop_other_presets(self, job_id: str, preset_key: str) -> None:
        """Removes the job's converted pages of other renditions than this, but for those that another job here uses."""
        others = self._pages_of(job_id)
        others.pop(preset_key, None)
        self._drop_unshared(job_id, others)
        for other_key in others:
            (self._jobs / job_id / f"{_NOTE}.{other_key}").unlink(missing_ok=True)

    def _drop_unshared(self, job_id: str, pages: dict[str, set[str]]) -> None:
        elsewhere = [self._pages_of(other) for other in self.job_ids() if other != job_id]
        for preset_key, digests in pages.items():
            unshared = digests.difference(*(noted.get(preset_key, ()) for noted in elsewhere))
            if unshared:
                for path in self.pages_of(preset_key).glob("*"):
                    if _digest(path) in unshared:
                        path.unlink(missing_ok=True)
        self._drop_empty_presets()

    def drop_old_pages(self, before: datetime) -> int:
        """Removes converted pages last used before that time and counts them."""
        dropped = 0
        for path in self._pages.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    dropped += 1
        self._drop_empty_presets()
        return dropped

    def _pages_of(self, job_id: str) -> dict[str, set[str]]:
        """The digests of the pages that the job noted, by rendition."""
        noted: dict[str, set[str]] = {}
        for note in (self._jobs / job_id).glob(f"{_NOTE}*"):
            with contextlib.suppress(FileNotFoundError):  # its job was tidied away meanwhile
                preset_key, *digests = note.read_text().split("\n")
                noted.setdefault(preset_key, set()).update(digests)
        return noted

    def _drop_empty_presets(self) -> None:
        for folder in self._pages.glob("*"):
            with contextlib.suppress(OSError):  # not empty: it is in use
                folder.rmdir()


def _digest(path: Path) -> str:
    """Whose file this is: a page, its lock, or its unfinished copy, which is named ``.<digest>.<random>``."""
    return path.name.lstrip(".").split(".")[0]
