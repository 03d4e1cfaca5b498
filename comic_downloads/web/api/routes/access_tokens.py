"""Personal access tokens of the account that asks."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from ....usecases.accounts import access_tokens
from .. import paths
from ..authentication import NEEDS_ACCOUNT, FromContext, SignedIn
from ..errors import problem_responses
from ..models import Items, Text

router = APIRouter(
    prefix=f"{paths.API}/tokens",
    tags=["tokens"],
    dependencies=NEEDS_ACCOUNT,
    responses=problem_responses(401),
)


class TokenName(BaseModel):
    name: Text = Field(
        description="What the token is for.",
        json_schema_extra={"minLength": 1, "maxLength": access_tokens.MAX_NAME_LENGTH},
    )


class Token(BaseModel):
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = Field(description="To the minute; null if it was never used.")


class NewToken(Token):
    secret: str = Field(
        description="Send it as `Authorization: Bearer <secret>`. It is stored hashed and shown only here."
    )


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_token(
    body: TokenName, account: SignedIn, context: FromContext, response: Response
) -> NewToken:
    """Makes a token that may do all that the account may."""
    view, secret = access_tokens.create_token(context, account, body.name)
    response.headers["Cache-Control"] = "no-store"
    return NewToken(**vars(view), secret=secret)


@router.get("")
def list_tokens(account: SignedIn, context: FromContext) -> Items[Token]:
    """Your tokens, the newest first, without their secrets."""
    items = [Token(**vars(view)) for view in access_tokens.list_tokens(context, account)]
    return Items(items=items, total=len(items))


@router.delete("/{token_id}", status_code=204, responses=problem_responses(404))
def delete_token(token_id: str, account: SignedIn, context: FromContext) -> Response:
    """Makes the token useless at once."""
    access_tokens.delete_token(context, account, token_id)
    return Response(status_code=204)
