"""The accounts of this server: the owner's business."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import Field

from ....usecases.accounts import accounts
from .. import paths
from ..authentication import NEEDS_ACCOUNT, FromContext, Owner
from ..errors import problem_responses
from ..models import Items, Text
from .session import AccountModel, Credentials

router = APIRouter(
    prefix=f"{paths.API}/users",
    tags=["users"],
    dependencies=NEEDS_ACCOUNT,
    responses=problem_responses(401, 403),
)


class NewUser(Credentials):
    role: Text = Field(
        default="member", description="Only `member` can be added: a server has one owner."
    )


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_user(body: NewUser, _owner: Owner, context: FromContext) -> AccountModel:
    """Adds a member. 409 `username_taken` if there is one of that name, in upper or lower case."""
    account = accounts.create_user(context, body.username, body.password, body.role)
    return AccountModel(id=account.id, username=account.username, role=account.role)


@router.get("")
def list_users(_owner: Owner, context: FromContext) -> Items[AccountModel]:
    """Every account, the oldest first."""
    users = accounts.list_users(context)
    items = [AccountModel(id=user.id, username=user.username, role=user.role) for user in users]
    return Items(items=items, total=len(items))


@router.delete("/{user_id}", status_code=204, responses=problem_responses(404, 409))
def delete_user(user_id: str, owner: Owner, context: FromContext) -> Response:
    """Removes a member with all of their downloads. The owner cannot be removed: 409."""
    accounts.delete_user(context, owner, user_id)
    return Response(status_code=204)
