"""The statements on saved presets, and on what each user chose last."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from ..domain.saved_preset import preset_name_key
from .session import insert_if_absent
from .tables import LastChoice, SavedPreset


def presets_of(session: Session, user_id: str) -> list[SavedPreset]:
    """Return the user's presets, in the order of their names."""
    own = select(SavedPreset).where(_of(user_id))
    return list(session.scalars(own.order_by(col(SavedPreset.name_key))))


def count_presets(session: Session, user_id: str) -> int:
    """Return how many presets the user has."""
    own = select(func.count()).where(_of(user_id))
    return session.connection().execute(own).scalar_one()


def preset_of(session: Session, user_id: str, preset_id: str) -> SavedPreset | None:
    """Return the user's preset with this id; None if it is unknown or somebody else's."""
    own = select(SavedPreset).where(_of(user_id), col(SavedPreset.id) == preset_id)
    return session.scalars(own).first()


def preset_named(session: Session, user_id: str, name: str) -> SavedPreset | None:
    """Return the user's preset with this name in any case, or None."""
    named = select(SavedPreset).where(
        _of(user_id), col(SavedPreset.name_key) == preset_name_key(name)
    )
    return session.scalars(named).first()


def default_preset(session: Session, user_id: str) -> SavedPreset | None:
    """Return the user's default preset, or None."""
    own = select(SavedPreset).where(_of(user_id), col(SavedPreset.is_default))
    return session.scalars(own).first()


def add_preset(session: Session, preset: SavedPreset) -> bool:
    """Insert the preset. Return False if its name is taken."""
    return insert_if_absent(session, preset)


def change_preset(session: Session, preset: SavedPreset, **columns: Any) -> None:
    """Write these columns of the preset."""
    changed = update(SavedPreset).where(col(SavedPreset.id) == preset.id)
    session.connection().execute(changed.values(**columns))


def clear_default(session: Session, user_id: str) -> None:
    """Make no preset of the user the default."""
    default = update(SavedPreset).where(_of(user_id), col(SavedPreset.is_default))
    session.connection().execute(default.values(is_default=False))


def delete_preset(session: Session, user_id: str, preset_id: str) -> bool:
    """Delete the preset. Return False if the user has no such preset."""
    own = delete(SavedPreset).where(_of(user_id), col(SavedPreset.id) == preset_id)
    return session.connection().execute(own).rowcount == 1


def last_choice(session: Session, user_id: str) -> LastChoice | None:
    """Return what the user chose last, or None."""
    return session.scalars(select(LastChoice).where(col(LastChoice.user_id) == user_id)).first()


def keep_last_choice(
    session: Session, user_id: str, choices: dict[str, Any], preset_id: str | None
) -> None:
    """Remember what the user chose, instead of what was chosen before."""
    forget_last_choice(session, user_id)
    session.add(LastChoice(user_id=user_id, choices=choices, preset_id=preset_id))


def forget_last_choice(session: Session, user_id: str) -> None:
    """Forget what the user chose last."""
    session.connection().execute(delete(LastChoice).where(col(LastChoice.user_id) == user_id))


def _of(user_id: str) -> Any:
    return col(SavedPreset.user_id) == user_id
