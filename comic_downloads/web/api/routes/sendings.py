"""Sendings: finished files on their way to e-readers by mail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from pydantic import BaseModel, Field

from ....domain.sending import SendingState
from ....usecases.sending import send
from ....usecases.sending.send import SendingView
from .. import paths
from ..authentication import AccountRouter
from ..caller import FromCaller
from ..errors import problem_responses
from ..models import Items, Text

router = AccountRouter(
    prefix=paths.DOWNLOADS, tags=["recipients"], responses=problem_responses(401, 404)
)


class SendBody(BaseModel):
    """To whom the file is sent."""

    recipient_id: Text


class SendingModel(BaseModel):
    """A sending. Name and address are those at the time of the request."""

    id: str
    recipient_id: str | None = Field(description="null if the recipient was deleted.")
    name: str
    address: str
    state: SendingState
    attempt: int = Field(description="How many attempts have begun.")
    answer: str = Field(description="The last words of the mail server, or why there are none.")
    created_at: datetime
    ended_at: datetime | None
    next_attempt_at: datetime | None = Field(description="Set while it waits.")


@router.post("/{job_id}/send", status_code=202, responses=problem_responses(409, 410, 422, 429))
def send_file(job_id: str, body: SendBody, caller: FromCaller) -> SendingModel:
    """Send the finished file to one of your recipients by mail, in the background.

    While the file is under way there, the answer is the same sending again. 409 `not_ready` or
    `mail_not_set_up`, 422 `not_for_recipient` if the file is too large or of another type than the
    recipient opens, 429 `mail_limit_reached`.
    """
    return _model(send.send_file(caller.context, caller.id, job_id, body.recipient_id))


@router.get("/{job_id}/sendings")
def list_sendings(job_id: str, caller: FromCaller) -> Items[SendingModel]:
    """List the sendings of the file, newest first."""
    found = send.sendings_of(caller.context, caller.id, job_id)
    return Items(items=[_model(one) for one in found], total=len(found))


def _model(one: SendingView) -> SendingModel:
    return SendingModel(**asdict(one))
