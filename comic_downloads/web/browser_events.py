"""Make the events that a browser receives from the server: toasts, redirects and script calls.

Their text may come from files, users or errors. Reflex looks for its own markers of variables in
every string that it turns into JavaScript, so a title that contains one would fail or become code.
Therefore every text passes through this module, which Reflex then takes literally.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any, Literal

import reflex as rx
from reflex.event import EventSpec, run_script
from reflex_base.vars import ObjectVar
from reflex_base.vars.base import LiteralVar
from reflex_base.vars.function import FunctionVar
from reflex_base.vars.sequence import LiteralStringVar
from reflex_components_sonner.toast import ToastProps, toast_ref

ToastKind = Literal["success", "info", "warning", "error"]

TITLE_LIMIT = 200
DESCRIPTION_LIMIT = 500
# These change the direction of the text after them (Unicode Standard Annex 9, section 2).
_DIRECTION_MARKS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)


def plain(text: str, limit: int) -> str:
    """Return the text on one line, without control characters and marks of direction.

    A text of more than ``limit`` characters is cut, and ends with an ellipsis.
    """
    kept = "".join(map(_shown, text[: 2 * limit])).strip()
    return kept if len(kept) <= limit else kept[: limit - 1] + "…"


def literal(text: str) -> rx.Var[str]:
    """Return a Reflex variable for exactly this text, in which no markers are looked for."""
    return LiteralStringVar(_js_expr=_quoted(text), _var_type=str, _var_value=text)


def toast(kind: ToastKind, title: str, description: str = "", **options: Any) -> EventSpec:
    """Show a toast.

    Args:
        kind: How the toast looks.
        title: Its first line, of which at most TITLE_LIMIT characters are shown.
        description: What is below; at most DESCRIPTION_LIMIT characters are shown.
        **options: The other properties of ``rx.toast``, such as ``close_button``. They are
            not for text of others.
    """
    if description:
        options["description"] = literal(plain(description, DESCRIPTION_LIMIT))
    # rx.toast would pass a variable as a property, which a second toast of the same id ignores.
    show = ObjectVar.__getattr__(toast_ref.to(dict), kind).to(FunctionVar)
    properties = LiteralVar.create(ToastProps(component_name="rx.toast", **options))  # pyright: ignore[reportCallIssue]
    return run_script(show.call(literal(plain(title, TITLE_LIMIT)), properties))


def dismiss_toast(toast_id: str) -> EventSpec:
    """Take a toast away, if it is still shown."""
    return rx.toast.dismiss(literal(toast_id))


def redirect(path: str, *, replaces: bool = False) -> EventSpec:
    """Show another page. Back leads to this one, unless the other replaces it."""
    return rx.redirect(literal(path), replace=replaces)


def call_page(
    function: str, *arguments: str, then: rx.event.EventType[Any] | None = None
) -> EventSpec:
    """Call a function of the page's scripts.

    Args:
        function: The name of the function below ``window``.
        *arguments: Its arguments, as they are.
        then: The event that receives what the function returns.
    """
    script = f"window.{function}({', '.join(map(_quoted, arguments))})"
    return rx.call_script(script, callback=then)


def call_page_for(function: str, *arguments: rx.Var[str]) -> EventSpec:
    """Call a function of the page's scripts with values of the row that the event belongs to."""
    called = FunctionVar(_js_expr=f"window.{function}")
    return run_script(called.call(*arguments))


def _shown(character: str) -> str:
    """Return what is shown for a character: itself, a blank or nothing."""
    if character in _DIRECTION_MARKS:
        return ""
    match unicodedata.category(character):
        case "Cc" | "Zl" | "Zp":
            return " " if character.isspace() else ""
        case "Cs":
            return ""
    return character


def _quoted(text: str) -> str:
    """Return the text as a string of JavaScript, without the sign that begins a marker."""
    return json.dumps(text).replace("<", "\\u003c")
