"""Check the arguments of an event by the signature of its handler.

A websocket can send any JSON. A handler receives what its type hints name, and nothing longer than
a page would send.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from reflex_base.utils.form import FORM_DATA_ENTRIES_KEY

# The longest text that a page sends, which is a range of pages.
MAX_TEXT = 2000
MAX_NUMBER = 1_000_000_000
# The most fields of a form, and the most entries of a list.
MAX_ENTRIES = 100
_MAX_NAME = 100

Text = Annotated[str, Field(max_length=MAX_TEXT)]
Number = Annotated[int, Field(ge=-MAX_NUMBER, le=MAX_NUMBER)]
_Name = Annotated[str, Field(max_length=_MAX_NAME)]
_Plain = Text | bool | Number | None
_Plains = Annotated[list[_Plain], Field(max_length=MAX_ENTRIES)]
_Fields = Annotated[dict[_Name, _Plain | _Plains], Field(max_length=MAX_ENTRIES)]
# Reflex sends a form as a list of names and values, whose names may be repeated. JSON has no
# tuples.
_FormEntry = Annotated[tuple[_Name, _Plain | _Plains], Field(strict=False)]
_FormEntries = Annotated[list[_FormEntry], Field(max_length=MAX_ENTRIES)]


class _Form(BaseModel):
    """A submitted form."""

    model_config = ConfigDict(strict=True, extra="forbid")

    entries: _FormEntries = Field(alias=FORM_DATA_ENTRIES_KEY)


def arguments_of(handler: Callable[..., object], max_text: int = MAX_TEXT) -> type[BaseModel]:
    """Return the model of a handler's arguments.

    Raises:
        TypeError: An argument has a type for which no limit is known.
    """
    hints = get_type_hints(handler)
    own = list(inspect.signature(handler).parameters.values())[1:]
    fields: dict[str, Any] = {
        # Pydantic's own names may not start with an underscore.
        f"argument{number}": (
            _limited(hints.get(parameter.name, Any), max_text),
            Field(
                ... if parameter.default is parameter.empty else parameter.default,
                alias=parameter.name,
            ),
        )
        for number, parameter in enumerate(own)
    }
    return create_model(
        handler.__qualname__, __config__=ConfigDict(strict=True, extra="forbid"), **fields
    )


def are_acceptable(arguments: type[BaseModel], payload: object) -> bool:
    """Return True if the payload has these arguments, and no others."""
    try:
        arguments.model_validate(payload)
    # RecursionError: the payload is nested too deeply.
    except (ValidationError, RecursionError):
        return False
    return True


def _limited(hint: Any, max_text: int) -> Any:
    """Return the type for Pydantic that has the limits of a type hint."""
    text = Annotated[str, Field(max_length=max_text)]
    known = {str: text, int: Number, bool: bool, NoneType: None}
    if hint in known:
        return known[hint]
    if get_origin(hint) in {Union, UnionType}:
        return Union[tuple(_limited(one, max_text) for one in get_args(hint))]  # noqa: UP007
    if get_origin(hint) is list:
        (kind,) = get_args(hint)
        return Annotated[list[_limited(kind, max_text)], Field(max_length=MAX_ENTRIES)]
    if hint == dict[str, Any]:
        return _Form | _Fields
    raise TypeError(f"an event handler has an argument without a known limit: {hint}")
