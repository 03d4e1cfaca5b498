"""The browsers that the caller is signed in with."""

from __future__ import annotations

from datetime import datetime

from fastapi import Request, Response
from pydantic import BaseModel, Field

from ....usecases.accounts import browsers, sign_in
from .. import paths
from ..authentication import AccountRouter, FromContext, SignedIn
from ..errors import problem_responses
from ..models import Items

router = AccountRouter(
    prefix=paths.SESSIONS,
    tags=["session"],
    responses=problem_responses(401),
)


class SessionModel(BaseModel):
    """A signed-in browser."""

    id: str
    browser: str = Field(description="Such as `Firefox on Android`; empty if unknown.")
    is_current: bool = Field(description="True for the browser that sends this request.")
    created_at: datetime
    last_used_at: datetime = Field(description="Precise to an hour.")
    expires_at: datetime


@router.get("")
def list_sessions(request: Request, account: SignedIn, context: FromContext) -> Items[SessionModel]:
    """List the browsers that you are signed in with, the latest used first."""
    views = browsers.list_browsers(context, account, _own_token(request))
    items = [
        SessionModel(
            id=view.id,
            browser=view.name,
            is_current=view.is_current,
            created_at=view.created_at,
            last_used_at=view.last_used_at,
            expires_at=view.expires_at,
        )
        for view in views
    ]
    return Items(items=items, total=len(items))


@router.delete("", status_code=204)
def delete_other_sessions(request: Request, account: SignedIn, context: FromContext) -> Response:
    """Sign out every browser but the one that sends this request."""
    browsers.sign_others_out(context, account, _own_token(request))
    return Response(status_code=204)


@router.delete("/{session_id}", status_code=204, responses=problem_responses(404))
def delete_session(session_id: str, account: SignedIn, context: FromContext) -> Response:
    """Sign one browser out at once."""
    browsers.sign_browser_out(context, account, session_id)
    return Response(status_code=204)


def _own_token(request: Request) -> str | None:
    return request.cookies.get(sign_in.SESSION_COOKIE)
