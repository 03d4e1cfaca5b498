"""Text of others arrives in a browser as it is, and as nothing but text."""

from __future__ import annotations

import json

import pytest
from reflex.event import Event

from comic_downloads.web.browser_events import (
    DESCRIPTION_LIMIT,
    TITLE_LIMIT,
    call_page,
    dismiss_toast,
    plain,
    redirect,
    toast,
)

# Looks like what Reflex itself writes where a variable stands.
MARKER = "<reflex.Var>12345</reflex.Var>name"
TEXTS = [MARKER, 'a "quote"', "a \\ backslash", "${x} `y`", "</script>", "Café № 5", "it's"]


def quoted(text: str) -> str:
    return json.dumps(text).replace("<", "\\u003c")


def script_of(event: object) -> str:
    """Return the JavaScript that the browser receives."""
    payload = Event.from_event_type(event)[0].payload  # pyright: ignore[reportArgumentType]
    return payload.get("function") or payload["javascript_code"]


@pytest.mark.parametrize("text", TEXTS)
def test_toast_shows_exactly_the_text(text: str) -> None:
    script = script_of(toast("error", text, text, id=f"ended-{1}", close_button=True))
    assert script.count(quoted(text)) == 2
    assert '["success"]' not in script and '["error"]' in script


@pytest.mark.parametrize("text", TEXTS)
def test_redirect_leads_to_exactly_the_path(text: str) -> None:
    event = Event.from_event_type(redirect(f"/sign-in?next={text}"))[0]
    assert event.payload["path"] == f"/sign-in?next={text}"


@pytest.mark.parametrize("text", TEXTS)
def test_script_receives_exactly_the_text(text: str) -> None:
    script = script_of(call_page("comicDownloads.saveFile", text))
    assert script == f"window.comicDownloads.saveFile({quoted(text)})"


def test_toast_is_dismissed_by_its_id() -> None:
    assert script_of(dismiss_toast(MARKER)).endswith(f".dismiss({quoted(MARKER)}))")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("one\ntwo\u2028three", "one two three"),
        ("red \x1b[31mtext\x00", "red [31mtext"),
        ("gnp.\u202eexe", "gnp.exe"),
        ("2\u00a0pages", "2\u00a0pages"),
        ("👩\u200d🚀 می\u200cخواهم", "👩\u200d🚀 می\u200cخواهم"),
        ("half a pair \ud800", "half a pair"),
    ],
)
def test_control_characters_and_marks_of_direction_are_not_shown(text: str, shown: str) -> None:
    assert plain(text, TITLE_LIMIT) == shown


def test_long_text_is_cut() -> None:
    script = script_of(toast("info", "t" * 10_000, "d" * 10_000))
    assert "t" * (TITLE_LIMIT - 1) + "\\u2026" in script
    assert "d" * (DESCRIPTION_LIMIT - 1) + "\\u2026" in script
