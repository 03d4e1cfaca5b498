"""The account's page: presets, this browser, file names, tokens, password, other browsers."""

from __future__ import annotations

import reflex as rx
from reflex.style import set_color_mode
from reflex.vars import ObjectVar

from ...domain.account import PASSWORD_LENGTH
from ...domain.filename_pattern import FIELDS, MAX_LENGTH
from .. import routes
from ..browser_events import call_page
from ..components.frame import frame
from ..components.list_states import loading_rows
from ..components.named_row import named_row, row_button
from ..components.preset_list import preset_list, preset_question
from ..components.question import Answers, confirm_removal
from ..components.saving import save_setting
from ..components.secret_field import SecretEvents, secret_field
from ..components.times import moment
from ..states.account import AccountState, TokenRow
from ..states.browsers import BrowserRow, BrowsersState

_PASSWORD_FORM = "password-form"
_TOKEN_NAME, _SECRET = "token-name", "token-secret"
_PATTERN = "filename-pattern"


def account_page() -> rx.Component:
    """Return the page of the account that is signed in."""
    return frame(
        routes.ACCOUNT,
        rx.el.div(rx.el.h1("Account", class_name="page-title"), class_name="page-head"),
        rx.box(
            rx.box(preset_list(), _filenames(), _tokens(), class_name="column"),
            rx.box(_password_form(), _browsers(), _this_browser(), _theme(), class_name="column"),
            class_name="two-columns",
        ),
        preset_question(),
        confirm_removal(
            "Remove this token?",
            rx.fragment("What uses ", rx.el.b(AccountState.asked_name), " can no longer sign in."),
            Answers(AccountState.remove, AccountState.answer_no),
            is_open=AccountState.asked_id != "",
        ),
    )


def _this_browser() -> rx.Component:
    return rx.box(
        rx.heading("This browser", as_="h2", size="4"), save_setting(), class_name="sheet picker"
    )


def _filenames() -> rx.Component:
    return rx.box(
        rx.heading("File names", as_="h2", size="4"),
        _hint(
            "A pattern for files of one comic, such as {series} {number:3} - {title} ({year}). "
            "Leave it empty for the usual names."
        ),
        rx.el.label("Pattern", html_for=_PATTERN, class_name="field-label"),
        rx.box(
            rx.debounce_input(
                rx.input(
                    id=_PATTERN,
                    value=AccountState.pattern,
                    on_change=AccountState.type_pattern,
                    max_length=MAX_LENGTH,
                    auto_complete="off",
                    size="3",
                    flex="1",
                    aria_describedby="pattern-example",
                ),
                debounce_timeout=300,
            ),
            rx.button("Save", size="3", on_click=AccountState.save_pattern),
            class_name="field-with-button",
        ),
        rx.text(
            AccountState.example,
            id="pattern-example",
            size="2",
            color_scheme="gray",
            role="status",
            margin_top="8px",
        ),
        _hint(f"Fields: {' '.join(f'{{{name}}}' for name in FIELDS)}"),
        _problem(AccountState.pattern_problem),
        class_name="sheet picker",
    )


def _password_form() -> rx.Component:
    return rx.form(
        rx.heading("Change password", as_="h2", size="4"),
        _hint("Other browsers are signed out."),
        _password_field("Current password", "current_password", "current-password"),
        _password_field("New password", "new_password", "new-password"),
        _hint(f"At least {PASSWORD_LENGTH[0]} characters"),
        _password_field("Confirm new password", "new_password_again", "new-password"),
        rx.cond(AccountState.tokens.length() > 0, _end_tokens()),
        _problem(AccountState.password_problem),
        rx.button("Change password", type="submit", size="3", loading=AccountState.changing),
        id=_PASSWORD_FORM,
        on_submit=[
            AccountState.start_changing,
            call_page(
                "comicAccount.changePassword",
                routes.password_api(),
                _PASSWORD_FORM,
                then=AccountState.tell_changed,
            ),
        ],
        class_name="sheet picker",
    )


def _password_field(label: str, name: str, autocomplete: str) -> rx.Component:
    return rx.fragment(
        rx.el.label(label, html_for=name, class_name="field-label"),
        rx.input(
            id=name, name=name, type="password", auto_complete=autocomplete, required=True, size="3"
        ),
    )


def _end_tokens() -> rx.Component:
    return rx.el.label(
        rx.flex(
            rx.checkbox(
                name="end_tokens",
                size="2",
                custom_attrs={"aria-label": "Also remove all access tokens"},
            ),
            rx.text("Also remove all access tokens", size="2"),
            class_name="choice-line",
        ),
        display="block",
        margin_top="16px",
    )


def _tokens() -> rx.Component:
    return rx.box(
        rx.box(
            rx.heading("Access tokens", as_="h2", size="4"),
            _hint(
                "With a token, a script or a reading app uses this server as you, "
                "without your password."
            ),
            _token_form(),
            secret_field(
                _SECRET,
                "Copy the token now. It cannot be shown again.",
                SecretEvents(
                    call_page("comicAccount.copySecret", _SECRET, then=AccountState.tell_copied),
                    [call_page("comicAccount.clearSecret", _SECRET), AccountState.hide_secret],
                ),
                is_shown=AccountState.shows_secret,
            ),
            class_name="picker",
        ),
        rx.cond(
            AccountState.loaded,
            rx.cond(
                AccountState.tokens.length() > 0,
                rx.el.ul(
                    rx.foreach(AccountState.tokens, _row),
                    class_name="rows",
                    aria_label="Access tokens",
                ),
            ),
            loading_rows(1),
        ),
        class_name="sheet tokens",
    )


def _token_form() -> rx.Component:
    return rx.form(
        rx.el.label("Name", html_for=_TOKEN_NAME, class_name="field-label"),
        rx.box(
            rx.input(
                id=_TOKEN_NAME,
                placeholder="such as Backup script",
                auto_complete="off",
                required=True,
                size="3",
                flex="1",
            ),
            rx.button("Create token", type="submit", size="3"),
            class_name="field-with-button",
        ),
        _problem(AccountState.token_problem),
        on_submit=call_page(
            "comicAccount.createToken",
            routes.tokens_api(),
            _TOKEN_NAME,
            _SECRET,
            then=AccountState.tell_created,
        ),
    )


def _row(token: ObjectVar[TokenRow]) -> rx.Component:
    last_used = rx.cond(
        token.last_used_at != "",
        rx.fragment("last used ", moment(token.last_used_at)),
        "never used",
    )
    return named_row(
        token.name,
        rx.fragment("Created ", moment(token.created_at), " · ", last_used),
        row_button("Remove", token.name, AccountState.ask_removal(token.id)),
        key=token.id,
        icon="key-round",
    )


def _browsers() -> rx.Component:
    return rx.box(
        rx.box(
            rx.heading("Signed-in browsers", as_="h2", size="4"),
            _hint("Sign out a browser that you no longer use or do not recognise."),
            rx.cond(
                BrowsersState.rows.length() > 1,
                rx.button(
                    "Sign out all others",
                    variant="soft",
                    color_scheme="gray",
                    margin_top="12px",
                    on_click=BrowsersState.sign_others_out,
                ),
            ),
            class_name="picker",
        ),
        rx.cond(
            BrowsersState.loaded,
            rx.el.ul(
                rx.foreach(BrowsersState.rows, _browser),
                class_name="rows",
                aria_label="Signed-in browsers",
            ),
            loading_rows(1),
        ),
        class_name="sheet tokens",
    )


def _browser(browser: ObjectVar[BrowserRow]) -> rx.Component:
    return named_row(
        browser.name,
        rx.cond(
            browser.is_current,
            "This browser",
            rx.fragment("Last used ", moment(browser.last_used_at)),
        ),
        rx.cond(
            browser.is_current,
            rx.fragment(),
            row_button("Sign out", browser.name, BrowsersState.sign_out(browser.id)),
        ),
        key=browser.id,
    )


def _theme() -> rx.Component:
    choices = (("system", "System"), ("light", "Light"), ("dark", "Dark"))
    return rx.box(
        rx.heading("Theme", as_="h2", size="4", id="theme"),
        _hint("For this browser. System follows the device."),
        rx.segmented_control.root(
            *(rx.segmented_control.item(name, value=value) for value, name in choices),
            value=rx.color_mode,
            on_change=lambda chosen: set_color_mode(chosen.to(str)),
            width="100%",
            margin_top="12px",
            custom_attrs={"aria-labelledby": "theme"},
        ),
        class_name="sheet picker",
    )


def _hint(text: str) -> rx.Component:
    return rx.text(text, size="2", color_scheme="gray", margin_top="4px")


def _problem(text: rx.Var[str] | str) -> rx.Component:
    return rx.box(rx.text(text, color_scheme="red", size="2"), role="alert", margin_y="12px")
