"""The state of the queue, for the owner."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from ....domain.job import JobStatus
from ....usecases.operations.queue import Throughput, queue_report
from .. import paths
from ..authentication import AccountRouter, FromContext, Owner
from ..errors import problem_responses

router = AccountRouter(
    prefix=paths.API,
    tags=["queue"],
    responses=problem_responses(401, 403),
)


class WorkerModel(BaseModel):
    """A worker process and the job it prepares."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime
    job_id: str | None = Field(description="The job in hand.")
    job_filename: str | None
    phase: str | None
    progress: int | None
    progressed_at: datetime | None = Field(description="When it last made progress with the job.")


class QueueModel(BaseModel):
    """Workers, counts and what ended lately."""

    model_config = ConfigDict(from_attributes=True)

    workers: list[WorkerModel] = Field(description="Those heard of lately.")
    counts: dict[JobStatus, int] = Field(description="Downloads of all accounts by status.")
    oldest_waiting_seconds: int | None
    finished_last_hour: int
    failed_last_hour: int
    throughput: list[Throughput] = Field(description="The last hour in steps of five minutes.")


@router.get("/queue")
def get_queue(_owner: Owner, context: FromContext) -> QueueModel:
    """Return workers, counts, the oldest waiting download, and what ended in the last hour."""
    return QueueModel.model_validate(queue_report(context))
