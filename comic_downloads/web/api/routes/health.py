"""Whether this server is alive, and whether it can do its work."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from ....usecases.operations.health import check_readiness
from ..authentication import FromContext

router = APIRouter(prefix="/health", tags=["health"])


class Alive(BaseModel):
    """The answer of a process that runs."""

    status: Literal["ok"] = "ok"


class Readiness(BaseModel):
    """Each part is `ok`, or says in plain words what is wrong with it."""

    status: Literal["ready", "not ready"]
    database: str
    queue: str
    storage: str
    library: str
    worker: str = Field(description="Whether a worker has been heard of lately.")


@router.get("")
async def alive() -> Alive:
    """Answer as long as the process runs."""
    return Alive()


@router.get("/ready", responses={503: {"model": Readiness, "description": "A part is not working"}})
def ready(context: FromContext, response: Response) -> Readiness:
    """Say whether downloads can be accepted and prepared now."""
    parts = check_readiness(context)
    is_ready = all(state == "ok" for state in parts.values())
    response.status_code = 200 if is_ready else 503
    response.headers["Cache-Control"] = "no-store"
    return Readiness(status="ready" if is_ready else "not ready", **parts)
