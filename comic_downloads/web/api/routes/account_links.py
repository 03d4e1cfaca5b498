"""Links that work once: the owner creates them; guests become members or set a new password."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from ....domain.account import PASSWORD_LENGTH, Account
from ....domain.account_link import LIFE_SECONDS, LinkKind
from ....usecases.accounts import account_links, sign_in
from .. import paths
from ..address import absolute
from ..authentication import AccountRouter, FromContext, Owner, keep_signed_in
from ..caller import FromCaller
from ..errors import problem_responses
from ..models import Items, Text
from .accounts import Credentials

_NOT_CACHED = {"Cache-Control": "no-store"}  # The address of a link is its credential.

router = AccountRouter(
    prefix=paths.INVITES,
    tags=["users"],
    responses=problem_responses(401, 403),
)
reset_router = AccountRouter(
    prefix=f"{paths.API}/users",
    tags=["users"],
    responses=problem_responses(401, 403),
)
public_router = APIRouter(tags=["session"])


class LinkBody(BaseModel):
    """How long the link works."""

    model_config = ConfigDict(extra="forbid")

    expires_in_seconds: int | None = Field(
        default=None,
        description="Null for a week, or for a day if the link sets a password.",
        json_schema_extra={"minimum": LIFE_SECONDS[0], "maximum": LIFE_SECONDS[1]},
    )


class LinkModel(BaseModel):
    """A link that nobody has used yet."""

    id: str
    kind: LinkKind = Field(description="`invite` or `reset`.")
    username: str = Field(description="Whose password it sets; empty for an invitation.")
    created_at: datetime
    expires_at: datetime


class NewLinkModel(LinkModel):
    """A new link with its address, which cannot be shown again."""

    url: str = Field(description="Send it to one person. It works once.")


class NewPasswordBody(BaseModel):
    """A password that was chosen."""

    password: Text = Field(
        json_schema_extra={"minLength": PASSWORD_LENGTH[0], "maxLength": PASSWORD_LENGTH[1]}
    )


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_invite(
    _owner: Owner, caller: FromCaller, response: Response, body: LinkBody | None = None
) -> NewLinkModel:
    """Create a link with which one person becomes a member."""
    made = account_links.create_invite(caller.context, body.expires_in_seconds if body else None)
    response.headers.update(_NOT_CACHED)
    return _new_model(caller.base, made)


@router.get("")
def list_invites(_owner: Owner, context: FromContext) -> Items[LinkModel]:
    """List the links that still work, newest first: invitations, and those that set passwords."""
    items = [LinkModel(**vars(view)) for view in account_links.list_links(context)]
    return Items(items=items, total=len(items))


@router.delete("/{link_id}", status_code=204, responses=problem_responses(404))
def delete_invite(link_id: str, _owner: Owner, context: FromContext) -> Response:
    """Make a link stop working, of either kind."""
    account_links.delete_link(context, link_id)
    return Response(status_code=204)


@reset_router.post("/{user_id}/reset", status_code=201, responses=problem_responses(404, 409, 422))
def create_reset(
    user_id: str,
    _owner: Owner,
    caller: FromCaller,
    response: Response,
    body: LinkBody | None = None,
) -> NewLinkModel:
    """Create a link that sets a new password of the account. Earlier ones stop working."""
    life = body.expires_in_seconds if body else None
    made = account_links.create_reset(caller.context, user_id, life)
    response.headers.update(_NOT_CACHED)
    return _new_model(caller.base, made)


@public_router.post(
    f"{paths.INVITE}/{{token}}", status_code=204, responses=problem_responses(404, 409, 422)
)
def accept_invite(
    token: str, body: Credentials, request: Request, context: FromContext
) -> Response:
    """Become a member with this name and password, and sign in: sets the cookie `session`."""
    account = account_links.accept_invite(context, token, body.username, body.password)
    return _signed_in(request, context, account)


@public_router.post(
    f"{paths.RESET}/{{token}}", status_code=204, responses=problem_responses(404, 422)
)
def reset_password(
    token: str, body: NewPasswordBody, request: Request, context: FromContext
) -> Response:
    """Set a new password, sign all browsers of the account out and this one in."""
    account = account_links.reset_password(context, token, body.password)
    return _signed_in(request, context, account)


def _signed_in(request: Request, context: FromContext, account: Account) -> Response:
    response = Response(status_code=204)
    keep_signed_in(request, response, sign_in.start_session(context, account))
    return response


def _new_model(base: str, made: account_links.NewLink) -> NewLinkModel:
    path = paths.account_link_page(made.view.kind, made.token)
    return NewLinkModel(**vars(made.view), url=absolute(base, path))
