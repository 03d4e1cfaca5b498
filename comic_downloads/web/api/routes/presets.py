"""Presets: what an account has chosen for downloads, saved under a name."""

from __future__ import annotations

from datetime import datetime

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from ....domain.saved_preset import MAX_NAME_LENGTH
from ....usecases.downloads import saved_presets
from ....usecases.downloads.choices import with_defaults
from ....usecases.downloads.saved_presets import PresetChange, PresetView
from .. import paths
from ..authentication import AccountRouter
from ..caller import FromCaller
from ..download_request import ChoicesBody
from ..errors import problem_responses
from ..models import Items, Text

router = AccountRouter(
    prefix=paths.PRESETS,
    tags=["presets"],
    responses=problem_responses(401),
)
_OF_ONE = problem_responses(404)

_NAME = f"1 to {MAX_NAME_LENGTH} characters. No two presets have one name in any case of letters."
_DEFAULT = "Use it where neither a format nor a preset is named."


class NewPreset(ChoicesBody):
    """A name, and choices as for a download; `format` is needed."""

    name: Text = Field(description=_NAME)
    is_default: bool = Field(default=False, description=_DEFAULT)


class ChangedPreset(ChoicesBody):
    """What to change; everything that is left out stays."""

    name: Text | None = Field(default=None, description=_NAME)
    is_default: bool | None = Field(default=None, description=_DEFAULT)


class PresetModel(BaseModel):
    """A preset, with all its choices as `POST /downloads` takes them."""

    model_config = ConfigDict(extra="allow")

    id: str
    name: str
    is_default: bool
    problem: str | None = Field(
        description="Why the preset cannot be used any more, such as a device that is not offered "
        "now; null if it can."
    )
    created_at: datetime


@router.get("")
def list_presets(caller: FromCaller) -> Items[PresetModel]:
    """List your presets, in the order of their names."""
    found = saved_presets.list_presets(caller.context, caller.id)
    return Items(items=[_model(one) for one in found], total=len(found))


@router.post("", status_code=201, responses=problem_responses(409, 422))
def create_preset(body: NewPreset, caller: FromCaller, response: Response) -> PresetModel:
    """Save choices under a name. 409 `preset_name_taken` if you have a preset of that name."""
    made = saved_presets.create_preset(
        caller.context, caller.id, body.name, body.explicit(), is_default=body.is_default
    )
    response.headers["Location"] = f"{paths.PRESETS}/{made.id}"
    return _model(made)


@router.get("/{preset_id}", responses=_OF_ONE)
def get_preset(preset_id: str, caller: FromCaller) -> PresetModel:
    """Return one of your presets."""
    return _model(saved_presets.get_preset(caller.context, caller.id, preset_id))


@router.patch("/{preset_id}", responses=problem_responses(404, 409, 422))
def change_preset(preset_id: str, body: ChangedPreset, caller: FromCaller) -> PresetModel:
    """Rename the preset, change some of its choices, or make it the default."""
    change = PresetChange(body.name, body.is_default, body.explicit())
    return _model(saved_presets.change_preset(caller.context, caller.id, preset_id, change))


@router.delete("/{preset_id}", status_code=204, responses=_OF_ONE)
def delete_preset(preset_id: str, caller: FromCaller) -> Response:
    """Delete the preset. Downloads that were made with it stay."""
    saved_presets.delete_preset(caller.context, caller.id, preset_id)
    return Response(status_code=204)


def _model(preset: PresetView) -> PresetModel:
    return PresetModel(
        id=preset.id,
        name=preset.name,
        is_default=preset.is_default,
        problem=preset.problem or None,
        created_at=preset.created_at,
        **with_defaults(preset.choices),
    )
