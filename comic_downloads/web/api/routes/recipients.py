"""Recipients: e-readers and other addresses that an account sends files to by mail."""

from __future__ import annotations

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel, Field

from ....domain.sending import MAX_NAME_LENGTH, RecipientKind
from ....mail.mailer import Outcome
from ....usecases.sending import recipients
from ....usecases.sending.recipients import RecipientChange, RecipientView
from .. import paths
from ..authentication import AccountRouter
from ..caller import FromCaller
from ..errors import problem_responses
from ..models import Items, Text

router = AccountRouter(
    prefix=paths.RECIPIENTS, tags=["recipients"], responses=problem_responses(401)
)
_OF_ONE = problem_responses(404)

_NAME = f"1 to {MAX_NAME_LENGTH} characters. No two recipients have one name in any case."
_ADDRESS = "A mail address, such as that of *Send to Kindle*."
_KIND = "What receives the mail; it decides which files are taken."


class NewRecipient(BaseModel):
    """A name, an address, and what is behind it."""

    name: Text = Field(description=_NAME)
    address: Text = Field(description=_ADDRESS)
    kind: RecipientKind = Field(default=RecipientKind.OTHER, description=_KIND)


class ChangedRecipient(BaseModel):
    """What to change; everything that is left out stays."""

    name: Text | None = Field(default=None, description=_NAME)
    address: Text | None = Field(default=None, description=_ADDRESS)
    kind: RecipientKind | None = Field(default=None, description=_KIND)


class RecipientModel(BaseModel):
    """A recipient, with what it takes."""

    id: str
    name: str
    address: str
    kind: RecipientKind
    max_bytes: int = Field(description="The largest file or mail that it takes.")
    limit_counts_encoding: bool = Field(
        description="Whether the limit is that of the mail, in which a file takes a third more."
    )
    media_types: list[str] | None = Field(description="The types it opens; null for any.")
    created_at: datetime


class TestResult(BaseModel):
    """What the mail server answered to a test mail."""

    accepted: bool
    answer: str = Field(description="The words of the mail server, or why there are none.")


@router.get("")
def list_recipients(caller: FromCaller) -> Items[RecipientModel]:
    """List your recipients, in the order of their names."""
    found = recipients.list_recipients(caller.context, caller.id)
    return Items(items=[_model(one) for one in found], total=len(found))


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_recipient(body: NewRecipient, caller: FromCaller, response: Response) -> RecipientModel:
    """Keep a recipient. 409 `recipient_name_taken` if you have one of that name."""
    made = recipients.create_recipient(
        caller.context, caller.id, body.name, body.address, body.kind
    )
    response.headers["Location"] = f"{paths.RECIPIENTS}/{made.id}"
    return _model(made)


@router.get("/{recipient_id}", responses=_OF_ONE)
def get_recipient(recipient_id: str, caller: FromCaller) -> RecipientModel:
    """Return one of your recipients."""
    return _model(recipients.get_recipient(caller.context, caller.id, recipient_id))


@router.patch("/{recipient_id}", responses=problem_responses(404, 409, 422))
def change_recipient(
    recipient_id: str, body: ChangedRecipient, caller: FromCaller
) -> RecipientModel:
    """Change the recipient. What is under way to it keeps its old address."""
    change = RecipientChange(body.name, body.address, body.kind)
    changed = recipients.change_recipient(caller.context, caller.id, recipient_id, change)
    return _model(changed)


@router.delete("/{recipient_id}", status_code=204, responses=_OF_ONE)
def delete_recipient(recipient_id: str, caller: FromCaller) -> Response:
    """Delete the recipient, and cancel what is under way to it."""
    recipients.delete_recipient(caller.context, caller.id, recipient_id)
    return Response(status_code=204)


@router.post("/{recipient_id}/test", responses=problem_responses(404, 409, 429))
def try_recipient(recipient_id: str, caller: FromCaller) -> TestResult:
    """Send a short mail now, and return what the mail server answered. Once a minute at most.

    409 `mail_not_set_up` if the server sends no mail.
    """
    answer = recipients.try_recipient(caller.context, caller.id, recipient_id)
    return TestResult(accepted=answer.outcome is Outcome.ACCEPTED, answer=answer.words)


def _model(one: RecipientView) -> RecipientModel:
    facts = one.kind.facts
    return RecipientModel(
        id=one.id,
        name=one.name,
        address=one.address,
        kind=one.kind,
        max_bytes=facts.max_bytes,
        limit_counts_encoding=facts.encoded,
        media_types=None if facts.media_types is None else sorted(facts.media_types),
        created_at=one.created_at,
    )
