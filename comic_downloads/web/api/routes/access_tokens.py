"""The caller's personal access tokens."""

from __future__ import annotations

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel, Field

from ....usecases.accounts import access_tokens
from .. import paths
from ..authentication import AccountRouter, FromContext, SignedIn
from ..errors import problem_responses
from ..models import Items, Text

router = AccountRouter(
    prefix=paths.TOKENS,
    tags=["tokens"],
    responses=problem_responses(401),
)


class TokenName(BaseModel):
    """The request for a new token."""

    name: Text = Field(
        description="A name that says what the token is for.",
        json_schema_extra={"minLength": 1, "maxLength": access_tokens.MAX_NAME_LENGTH},
    )


class Token(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None = Field(description="Precise to a minute; null if never used.")


class NewToken(Token):
    """A new token with its secret, which is shown only once."""

    secret: str = Field(
        description="Send it as `Authorization: Bearer <secret>`. Shown only here; stored hashed."
    )


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_token(
    body: TokenName, account: SignedIn, context: FromContext, response: Response
) -> NewToken:
    """Create a token with all permissions of the account."""
    view, secret = access_tokens.create_token(context, account, body.name)
    response.headers["Cache-Control"] = "no-store"
    return NewToken(**vars(view), secret=secret)


@router.get("")
def list_tokens(account: SignedIn, context: FromContext) -> Items[Token]:
    """List your tokens, newest first, without their secrets."""
    items = [Token(**vars(view)) for view in access_tokens.list_tokens(context, account)]
    return Items(items=items, total=len(items))


@router.delete("/{token_id}", status_code=204, responses=problem_responses(404))
def delete_token(token_id: str, account: SignedIn, context: FromContext) -> Response:
    """Revoke the token immediately."""
    access_tokens.delete_token(context, account, token_id)
    return Response(status_code=204)
