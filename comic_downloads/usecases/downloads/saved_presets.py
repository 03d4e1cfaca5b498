"""Save what was chosen for downloads under a name, and choose it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...db import jobs, saved_presets
from ...db.session import Session
from ...db.tables import SavedPreset
from ...domain.errors import (
    Conflict,
    InvalidFormat,
    InvalidPreset,
    InvalidRequest,
    NotFound,
    PresetNameTaken,
)
from ...domain.identity import new_id
from ...domain.own_file import UNTOUCHED
from ...domain.saved_preset import MAX_PRESETS, checked_preset_name, preset_name_key
from ..context import Context
from .choices import check_choices


@dataclass(frozen=True)
class PresetView:
    """A saved preset. ``problem`` says why it cannot be used any more; it is empty otherwise."""

    id: str
    name: str
    is_default: bool
    choices: Mapping[str, Any]
    problem: str
    created_at: datetime


@dataclass(frozen=True)
class PresetChange:
    """What is changed about a saved preset; None leaves something as it is.

    ``choices`` are those that change, the others stay.
    """

    name: str | None = None
    is_default: bool | None = None
    choices: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class LastChoiceView:
    """What an account chose last. ``preset_id`` is the preset that was picked, if it still is."""

    choices: Mapping[str, Any]
    preset_id: str | None


def list_presets(context: Context, user_id: str) -> list[PresetView]:
    """Return the user's presets, in the order of their names."""
    with context.db.read() as session:
        return [_view(row) for row in saved_presets.presets_of(session, user_id)]


def get_preset(context: Context, user_id: str, preset_id: str) -> PresetView:
    """Return the user's preset. Raises NotFound."""
    with context.db.read() as session:
        return _view(_own(session, user_id, preset_id))


def create_preset(
    context: Context,
    user_id: str,
    name: str,
    choices: Mapping[str, Any],
    *,
    is_default: bool = False,
) -> PresetView:
    """Save the choices under a name.

    Raises:
        InvalidRequest: The name or a choice is not valid.
        PresetNameTaken: Another preset has the name.
        Conflict: The user already has MAX_PRESETS presets.
    """
    checked = checked_preset_name(name)
    check_choices(choices)
    now = context.clock()
    row = SavedPreset(
        id=new_id(now),
        user_id=user_id,
        name=checked,
        name_key=preset_name_key(checked),
        choices=dict(choices),
        is_default=is_default,
        created_at=now,
    )
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        if saved_presets.count_presets(session, user_id) >= MAX_PRESETS:
            raise Conflict(
                f"You already have {MAX_PRESETS} presets. Delete one you no longer need."
            )
        if is_default:
            _make_room_for_default(session, user_id)
        if not saved_presets.add_preset(session, row):
            raise _name_taken(checked)
    return _view(row)


def change_preset(
    context: Context, user_id: str, preset_id: str, change: PresetChange
) -> PresetView:
    """Change the name or choices of the user's preset, or whether it is the default.

    Raises:
        NotFound: The user has no such preset.
        InvalidRequest: The name or a choice is not valid.
        PresetNameTaken: Another preset has the name.
    """
    columns: dict[str, Any] = {}
    if change.name is not None:
        name = checked_preset_name(change.name)
        columns |= {"name": name, "name_key": preset_name_key(name)}
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        row = _own(session, user_id, preset_id)
        if change.name is not None:
            same = saved_presets.preset_named(session, user_id, change.name)
            if same is not None and same.id != row.id:
                raise _name_taken(same.name)
        if change.choices:
            columns["choices"] = {**row.choices, **change.choices}
            check_choices(columns["choices"])
        if change.is_default is not None:
            columns["is_default"] = change.is_default
            if change.is_default:
                _make_room_for_default(session, user_id)
        if columns:
            saved_presets.change_preset(session, row, **columns)
            session.refresh(row)
    return _view(row)


def delete_preset(context: Context, user_id: str, preset_id: str) -> None:
    """Delete the user's preset. Downloads that were made with it stay. Raises NotFound."""
    with context.db.write() as session:
        if not saved_presets.delete_preset(session, user_id, preset_id):
            raise NotFound("You have no such preset.")


def chosen_with(
    context: Context, user_id: str, preset: str | None, explicit: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the choices of a preset with the explicit ones in place of its own.

    ``preset`` is an id or a name. Without it and without a format, it is the default preset. An
    untouched file has a format of its own.

    Raises:
        InvalidPreset: The user has no such preset, or it names what is no longer offered.
        InvalidFormat: Neither a preset nor a format is named, and there is no default preset.
    """
    has_format = explicit.get("format") is not None or explicit.get("quality") == UNTOUCHED
    if preset is None and has_format:
        return dict(explicit)
    with context.db.read() as session:
        found = _find(session, user_id, preset)
    if found is None and preset is None:
        raise InvalidFormat("Name a format or a preset. You have no default preset.")
    if found is None:
        raise InvalidPreset(f"You have no preset “{preset}”.")
    choices = {**found.choices, **explicit}
    if _problem(choices) and (problem := _problem(found.choices)):
        raise InvalidPreset(f"The preset “{found.name}” cannot be used any more. {problem}")
    return choices


def default_choices(context: Context, user_id: str) -> Mapping[str, Any] | None:
    """Return the choices of the user's default preset.

    Return None if there is none, or if it names what is no longer offered.
    """
    with context.db.read() as session:
        preset = saved_presets.default_preset(session, user_id)
    return None if preset is None or _problem(preset.choices) else preset.choices


def last_choice(context: Context, user_id: str) -> LastChoiceView | None:
    """Return what the user chose last on a screen, or else the default preset.

    Return None if there is neither, or if it names what is no longer offered.
    """
    with context.db.read() as session:
        last = saved_presets.last_choice(session, user_id)
        if last is not None and last.preset_id is None:
            return None if _problem(last.choices) else LastChoiceView(last.choices, None)
        preset = _find(session, user_id, last.preset_id if last else None)
    if preset is None or _problem(preset.choices):
        return None
    return LastChoiceView(preset.choices, preset.id)


def keep_last_choice(
    context: Context, user_id: str, choices: Mapping[str, Any], preset_id: str | None
) -> None:
    """Remember what the user chose on a screen, for all browsers.

    A preset that is unknown by now is left out.
    """
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        known = preset_id and saved_presets.preset_of(session, user_id, preset_id)
        saved_presets.keep_last_choice(session, user_id, dict(choices), known.id if known else None)


def _make_room_for_default(session: Session, user_id: str) -> None:
    """Let another preset become the default, which is then what was chosen last."""
    saved_presets.clear_default(session, user_id)
    saved_presets.forget_last_choice(session, user_id)


def _find(session: Session, user_id: str, preset: str | None) -> SavedPreset | None:
    """Return the preset of this id or name, or the default preset for None."""
    if preset is None:
        return saved_presets.default_preset(session, user_id)
    return saved_presets.preset_of(session, user_id, preset) or saved_presets.preset_named(
        session, user_id, preset
    )


def _own(session: Session, user_id: str, preset_id: str) -> SavedPreset:
    row = saved_presets.preset_of(session, user_id, preset_id)
    if row is None:
        raise NotFound("You have no such preset.")
    return row


def _name_taken(name: str) -> PresetNameTaken:
    return PresetNameTaken(f"You already have a preset “{name}”. Choose another name.")


def _problem(choices: Mapping[str, Any]) -> str:
    """Return why no request can be made with these choices; nothing if one can."""
    try:
        check_choices(choices)
    except InvalidRequest as error:
        return error.detail
    return ""


def _view(row: SavedPreset) -> PresetView:
    return PresetView(
        row.id, row.name, row.is_default, row.choices, _problem(row.choices), row.created_at
    )
