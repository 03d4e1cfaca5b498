"""The result of a chaos run: every job is looked up; every file is fetched, opened and compared."""

from __future__ import annotations

import hashlib
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from sqlmodel import col, select

from benchmarks.chaos.customers import OK, Customers
from benchmarks.chaos.orders import Order
from benchmarks.chaos.site import Site
from comic_downloads.db.tables import Artifact, Job
from comic_downloads.domain.errors import JobError
from comic_downloads.domain.formats import Format
from comic_downloads.domain.job import FINISHED, JobStatus
from comic_downloads.packaging.verify import verify_file
from comic_downloads.usecases.operations.maintenance import reconcile
from tests.queue.world import World, open_world

STORAGE_TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Reference:
    """The file of an order as an undisturbed installation makes it."""

    sha256: str
    page_count: int


@dataclass
class Verdict:
    """The counts of a run.

    ``lost``, ``damaged`` and ``left_behind`` hold one line for each fault.
    """

    jobs: int = 0
    ended_right: int = 0
    files_opened: int = 0
    lost: list[str] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    attempts: int = 0
    recovered: int = 0
    fenced: int = 0
    pages_converted: int = 0
    converted_twice: int = 0
    converted_after_cancel: int = 0

    @property
    def is_good(self) -> bool:
        """Return True if nothing was lost, damaged, converted twice or left behind."""
        return not (self.lost or self.damaged or self.converted_twice or self.left_behind)


def build_references(folder: Path, site: Site, orders: Sequence[Order]) -> dict[str, Reference]:
    """Make every file again, in this process and in an undisturbed installation of its own."""
    library = str(site.world.settings.library)
    world = open_world(
        folder, None, LIBRARY_DIR=library, MAX_QUEUED_PER_USER="1000000", LOG_LEVEL="error"
    )
    world.scan(orders[0].comics[0])
    ids = {name: world.comic_id(name) or "" for order in orders for name in order.comics}
    user = world.add_user("reference")
    references = {}
    for order in orders:
        if order.content in references:
            continue
        first, *others = (ids[name] for name in order.comics)
        job = world.submit(user, first, comic_ids=(first, *others), **dict(order.wishes))
        world.prepare_here()
        with world.context.db.read() as session:
            artifact = session.get_one(Artifact, session.get_one(Job, job.id).artifact_id)
        references[order.content] = Reference(artifact.sha256, artifact.page_count)
    world.end()
    return references


def judge(
    site: Site, customers: Customers, orders: Sequence[Order], folder: Path, patience_seconds: float
) -> Verdict:
    """Wait until every job has ended, then check all jobs, files and traces."""
    verdict = Verdict()
    rows = _wait_for_the_end(site, patience_seconds)
    references = build_references(folder / "reference", site, orders)
    verdict.jobs = len(rows)
    verdict.attempts = sum(row.attempt for row in rows.values())
    _judge_orders(verdict, rows, customers, orders, references, folder)
    ordered = set(customers.job_of.values())
    verdict.damaged += [
        f"job {job_id} belongs to no order" for job_id in rows if job_id not in ordered
    ]
    kept_by_nobody = {
        name
        for order in orders
        if customers.job_of[order.number] in customers.cancelled
        for name in order.comics
    }
    _judge_traces(verdict, site, kept_by_nobody)
    return verdict


def _wait_for_the_end(site: Site, patience_seconds: float) -> dict[str, Job]:
    deadline = time.monotonic() + patience_seconds
    while True:
        with site.world.context.db.read() as session:
            rows = {job.id: job for job in session.exec(select(Job))}
        if all(row.status in FINISHED for row in rows.values()) or time.monotonic() > deadline:
            return rows
        site.start_ended_workers()
        time.sleep(0.5)


def _judge_orders(
    verdict: Verdict,
    rows: dict[str, Job],
    customers: Customers,
    orders: Sequence[Order],
    references: dict[str, Reference],
    folder: Path,
) -> None:
    verdict.lost += customers.refused
    # What is wrong with the file of each job; empty if it is right.
    opened: dict[str, str] = {}
    for order in orders:
        job_id = customers.job_of.get(order.number)
        row = rows.get(job_id or "")
        promised = JobStatus.CANCELLED if job_id in customers.cancelled else JobStatus.READY
        if row is None or row.status != promised:
            became = f"{row.status} {row.error_code} {row.error_message}" if row else "nothing"
            verdict.lost.append(
                f"order {order.number} should be {promised} but is {became} (job {job_id})"
            )
            continue
        if promised is JobStatus.READY:
            if row.id not in opened:
                opened[row.id] = _look_at_file(
                    customers,
                    order,
                    row,
                    references[order.content],
                    folder / f"fetched.{row.format}",
                )
            if opened[row.id]:
                verdict.damaged.append(f"order {order.number}, job {row.id}: {opened[row.id]}")
                continue
        verdict.ended_right += 1
    verdict.files_opened = len(opened)


def _look_at_file(
    customers: Customers, order: Order, row: Job, reference: Reference, target: Path
) -> str:
    """Return what is wrong with the file that its user receives, or an empty text."""
    link = customers.ask(order.user, "GET", f"/api/v1/downloads/{row.id}/file")
    answer = customers.ask(order.user, "GET", urlsplit(link.headers.get("location", "")).path)
    if answer.is_redirect:  # The storage sends the file.
        answer = httpx.get(answer.headers["location"], timeout=STORAGE_TIMEOUT_SECONDS)
    if answer.status_code != OK:
        return f"it cannot be fetched: {answer.status_code} {answer.text[:200]}"
    target.write_bytes(answer.content)
    digest = hashlib.sha256(answer.content).hexdigest()
    if not digest == row.sha256 == reference.sha256:
        return (
            f"its SHA-256 is {digest}, but the job says {row.sha256}, "
            f"and the undisturbed file has {reference.sha256}"
        )
    try:
        verify_file(target, Format(row.format), reference.page_count)
        if row.format != Format.PDF:
            with zipfile.ZipFile(target) as archive:
                return f"{broken} is damaged" if (broken := archive.testzip()) else ""
    except (JobError, zipfile.BadZipFile) as error:
        return f"it does not open: {error}"
    return ""


def _judge_traces(verdict: Verdict, site: Site, cancelled_comics: set[str]) -> None:
    """Check the logs for repeated work, and the disks for files that should not be there."""
    for machine in site.machines:
        _count_conversions(verdict, machine, cancelled_comics)
        verdict.recovered += len(machine.lines("recover"))
        verdict.fenced += len(machine.lines("fenced"))
        verdict.left_behind += [
            f"work folder of job {name} on {machine.folder.name}"
            for name in _folders_that_stay(machine)
        ]
    world = site.world
    # After 12 hours, no file can belong to an attempt that still runs.
    reconcile(world.after(timedelta(hours=12)).context)
    with world.context.db.read() as session:
        known = set(session.exec(select(col(Artifact.blob_key))))
    stored = {blob.key for blob in world.context.blobs.list("artifacts/")}
    verdict.left_behind += [f"file {key}, which no row names" for key in stored - known]
    verdict.damaged += [f"file {key} is missing" for key in known - stored]


def _folders_that_stay(machine: World) -> list[str]:
    """Return the work folders that the workers have not removed after 30 seconds."""
    deadline = time.monotonic() + 30
    while (folders := machine.job_folders()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return folders


def _count_conversions(verdict: Verdict, machine: World, cancelled_comics: set[str]) -> None:
    dropped = set()
    for name in cancelled_comics:
        dropped |= {
            hashlib.sha256(page.read_bytes()).hexdigest()
            for page in (machine.settings.library / name).iterdir()
        }
    for message, times in machine.conversions().items():
        verdict.pages_converted += times
        if message.split()[-1] in dropped:
            verdict.converted_after_cancel += times - 1
        else:
            verdict.converted_twice += times - 1
