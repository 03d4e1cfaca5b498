"""The folders of this machine for jobs that are being prepared: ``DATA_DIR/work``.

``jobs/<job id>/`` holds the unfinished file of each attempt and notes named ``pages.<preset key>``,
one for each preset the job has tried, with the digests of the pages it converts.
``pages/<preset key>.<resizer>/<digest>`` are the converted pages, shared by all jobs of one preset.
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
from ...packaging.images import RESIZER

# A note without a preset key was written by a version before there was one for each preset.
_NOTE = "pages"
# The beginnings of the names of files that stay in a job's folder between attempts.
_KEPT_BETWEEN_ATTEMPTS = frozenset({"lock", _NOTE})
# More than it takes to remove one job's folder.
_TIDYING_SECONDS = 5.0


class WorkFolders:
    """The work folders under one root."""

    def __init__(self, root: Path) -> None:
        self._jobs = root / "jobs"
        self._pages = root / "pages"

    def of_job(self, job_id: str) -> Path:
        """Return the job's folder, which may not exist yet."""
        return self._jobs / job_id

    @contextmanager
    def in_use(self, job_id: str) -> Iterator[None]:
        """Create the job's folder and keep it from being tidied away during the block.

        If the process that tidies is stopped, the block runs without the lock: an attempt must not
        wait for ever, and a file that is tidied away nevertheless only fails the attempt.
        """
        lock_path = self.of_job(job_id) / "lock"
        lock = try_lock(lock_path, shared=True, timeout_seconds=_TIDYING_SECONDS)
        with lock or nullcontext():
            yield

    def try_lock_idle(self, job_id: str) -> Lock | None:
        """Lock attempts out of the job's folder; return None if one is using it."""
        return try_lock(self.of_job(job_id) / "lock")

    def pages_of(self, preset_key: str) -> Path:
        """Return the folder of the preset's converted pages.

        Its name has what resized them, because a folder may be shared by machines that differ.
        """
        return self._pages / f"{preset_key}.{RESIZER}"

    def note_pages(self, job_id: str, preset_key: str, manifest: Manifest) -> None:
        """Write down which converted pages the job uses, so that cancelling it can remove them.

        Raises:
            DiskFull: The disk has no room; StorageUnavailable for other errors of the disk.
        """
        digests = sorted({page.facts.sha256 for _, page in manifest.pages()})
        write_whole(
            self.of_job(job_id) / f"{_NOTE}.{preset_key}",
            "\n".join([preset_key, *digests]).encode(),
        )

    def job_ids(self) -> list[str]:
        """Return the jobs that have a folder here."""
        return [folder.name for folder in self._jobs.iterdir()] if self._jobs.is_dir() else []

    def has_unfinished(self, job_id: str) -> bool:
        """Return True if the folder has a file that an attempt is making or left when killed."""
        return any(self._unfinished(job_id))

    def drop_unfinished(self, job_id: str) -> None:
        """Delete the files that killed attempts left, each as large as the finished file.

        The caller holds the lock of ``try_lock_idle``.
        """
        for path in self._unfinished(job_id):
            path.unlink(missing_ok=True)

    def _unfinished(self, job_id: str) -> Iterator[Path]:
        return (
            path
            for path in self.of_job(job_id).glob("*")
            if path.name.split(".")[0] not in _KEPT_BETWEEN_ATTEMPTS
        )

    def drop_job(self, job_id: str) -> None:
        """Delete the job's folder; converted pages stay for other jobs."""
        shutil.rmtree(self.of_job(job_id), ignore_errors=True)

    def drop_unshared_pages(self, job_id: str) -> None:
        """Delete the converted pages of the job that no other job here uses."""
        self._drop_unshared(job_id, self._pages_of(job_id))

    def drop_other_presets(self, job_id: str, preset_key: str) -> None:
        """Delete the job's pages of all other presets, except those that another job here uses."""
        others = self._pages_of(job_id)
        others.pop(preset_key, None)
        self._drop_unshared(job_id, others)
        for other_key in others:
            (self.of_job(job_id) / f"{_NOTE}.{other_key}").unlink(missing_ok=True)

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
        """Delete converted pages last used before that time; return how many."""
        dropped = 0
        for path in self._pages.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # Another process was faster.
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    dropped += 1
        self._drop_empty_presets()
        return dropped

    def _pages_of(self, job_id: str) -> dict[str, set[str]]:
        """Return the digests of the pages that the job noted, by preset key."""
        noted: dict[str, set[str]] = {}
        for note in self.of_job(job_id).glob(f"{_NOTE}*"):
            with contextlib.suppress(FileNotFoundError):  # The job was tidied away meanwhile.
                preset_key, *digests = note.read_text().split("\n")
                noted.setdefault(preset_key, set()).update(digests)
        return noted

    def _drop_empty_presets(self) -> None:
        for folder in self._pages.glob("*"):
            with contextlib.suppress(OSError):  # The folder is not empty, so it is in use.
                folder.rmdir()


def _digest(path: Path) -> str:
    """Return the page a file belongs to: the page itself, its lock, or an unfinished copy.

    Unfinished copies are named ``.<digest>.<random>``.
    """
    return path.name.lstrip(".").split(".")[0]
