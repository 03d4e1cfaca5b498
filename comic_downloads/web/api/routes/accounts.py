"""The caller's own account and, for the owner, the accounts of this server."""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import BaseModel, Field

from ....domain.account import PASSWORD_LENGTH, USERNAME_LENGTH
from ....domain.filename_pattern import FIELDS
from ....domain.permission import Permission
from ....usecases.accounts import accounts, members, removal, sign_in
from .. import paths
from ..authentication import AccountRouter, FromContext, Owner, SignedIn, client_ip, keep_device
from ..caller import Caller, FromUnchecked
from ..errors import problem_responses
from ..json_response import json_response
from ..models import Items, Text

own_router = AccountRouter(
    prefix=f"{paths.API}/me",
    tags=["session"],
    responses=problem_responses(401),
)
router = AccountRouter(
    prefix=f"{paths.API}/users",
    tags=["users"],
    responses=problem_responses(401, 403),
)


class Credentials(BaseModel):
    """A username and a password."""

    username: Text = Field(
        description="Letters, digits and `. _ - @`; case is ignored.",
        json_schema_extra={"minLength": USERNAME_LENGTH[0], "maxLength": USERNAME_LENGTH[1]},
    )
    password: Text = Field(
        json_schema_extra={"minLength": PASSWORD_LENGTH[0], "maxLength": PASSWORD_LENGTH[1]}
    )


class NewPassword(BaseModel):
    """The current and the new password."""

    current_password: Text
    new_password: Text = Field(
        json_schema_extra={"minLength": PASSWORD_LENGTH[0], "maxLength": PASSWORD_LENGTH[1]}
    )
    end_tokens: bool = Field(
        default=False,
        description="Also delete your access tokens; `GET /me` says how many there are.",
    )


class AccountModel(BaseModel):
    """An account as others see it."""

    id: str
    username: str
    role: str = Field(description="`owner` or `member`.")


class UserLimits(BaseModel):
    """What a member may do, besides looking at the library and reading, and their storage."""

    permissions: list[Text] = Field(
        max_length=20,
        description=f"Of {', '.join(f'`{one}`' for one in Permission)}. The owner has all.",
    )
    storage_quota_bytes: int | None = Field(
        description="Their own quota; 0 means no limit, null that `STORAGE_QUOTA_BYTES` counts."
    )


class UserModel(AccountModel, UserLimits):
    """An account as the owner sees it."""


class Me(AccountModel):
    """The caller's account and its use of storage and queue."""

    storage_used_bytes: int = Field(
        description="Size of your downloads' files, plus the expected size of unfinished ones."
    )
    storage_quota_bytes: int = Field(description="0 means no limit.")
    active_downloads: int = Field(description="Downloads that are waiting, preparing or paused.")
    max_active_downloads: int = Field(
        description="How many of them are prepared at the same time; the others wait."
    )
    access_tokens: int = Field(
        description="How many access tokens you have. A change of the password keeps them "
        "unless it says `end_tokens`."
    )
    filename_pattern: str = Field(
        description="The pattern for the names of your files; empty for the usual names."
    )
    permissions: list[Permission] = Field(
        description="What you may do, besides looking at the library and reading."
    )


class FilenamePatternBody(BaseModel):
    """A pattern for the names of files."""

    pattern: Text = Field(
        description="Such as `{series} {number:3} - {title} ({year})`; empty for the usual names. "
        f"Fields: {', '.join(f'`{name}`' for name in FIELDS)}; `number` and `volume` can have "
        "digits. A field without a value goes with the text before it and the brackets around it."
    )


class FilenamePatternModel(BaseModel):
    """The pattern, and the name that a file would get by it."""

    pattern: str
    example: str


class NewUser(Credentials):
    """The request for a new account."""

    role: Text = Field(
        default="member", description="Must be `member`: a server has exactly one owner."
    )


@own_router.get("", response_model=Me)
async def me(unchecked: FromUnchecked) -> Response:
    """Return your account and its use of storage and queue."""
    return await unchecked.answer(_me)


def _me(caller: Caller) -> Response:
    summary = accounts.account_summary(caller.context, caller.account)
    account = caller.account
    named = {"id": account.id, "username": account.username, "role": account.role}
    return json_response(named | vars(summary))


@own_router.put("/password", status_code=204, responses=problem_responses(422, 429))
def change_password(
    body: NewPassword, request: Request, account: SignedIn, context: FromContext
) -> Response:
    """Set a new password and end every other session of the account.

    Access tokens stay valid unless `end_tokens` is true.
    """
    accounts.change_password(
        context,
        account,
        accounts.PasswordChange(
            body.current_password,
            body.new_password,
            network=client_ip(request),
            keep_session=request.cookies.get(sign_in.SESSION_COOKIE),
            cookies=request.cookies,
            end_tokens=body.end_tokens,
        ),
    )
    response = Response(status_code=204)
    if sign_in.SESSION_COOKIE in request.cookies:
        keep_device(request, response, account)
    return response


@own_router.put("/filename-pattern", responses=problem_responses(422))
def set_filename_pattern(
    body: FilenamePatternBody, account: SignedIn, context: FromContext
) -> FilenamePatternModel:
    """Set the pattern for the names of new files of one comic. Files that exist keep theirs."""
    example = accounts.set_filename_pattern(context, account, body.pattern)
    return FilenamePatternModel(pattern=body.pattern.strip(), example=example)


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_user(body: NewUser, _owner: Owner, context: FromContext) -> AccountModel:
    """Add a member. 409 `username_taken` if the name exists; case is ignored."""
    account = accounts.create_user(context, body.username, body.password, body.role)
    return AccountModel(id=account.id, username=account.username, role=account.role)


@router.get("")
def list_users(_owner: Owner, context: FromContext) -> Items[UserModel]:
    """List all accounts, oldest first."""
    items = [_user(member) for member in members.list_members(context)]
    return Items(items=items, total=len(items))


@router.put("/{user_id}/limits", responses=problem_responses(404, 409, 422))
def set_limits(user_id: str, body: UserLimits, _owner: Owner, context: FromContext) -> UserModel:
    """Decide what a member may do, and how much storage they have. The owner's account: 409.

    What they asked for before continues, and shared links stay open.
    """
    changed = members.set_limits(context, user_id, body.permissions, body.storage_quota_bytes)
    return _user(changed)


def _user(member: members.Member) -> UserModel:
    account = member.account
    return UserModel(
        id=account.id,
        username=account.username,
        role=account.role,
        permissions=sorted(account.permissions),
        storage_quota_bytes=member.own_quota_bytes,
    )


@router.delete("/{user_id}", status_code=204, responses=problem_responses(404, 409))
def delete_user(user_id: str, owner: Owner, context: FromContext) -> Response:
    """Remove a member with all their downloads. The owner cannot be removed: 409."""
    removal.delete_user(context, owner, user_id)
    return Response(status_code=204)
