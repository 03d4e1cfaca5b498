"""The account page: passwords are changed and access tokens created, and neither is stored."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.product import Product

NEW_PASSWORD = "quite another password"


@pytest.fixture
def account_page(member_page: Page) -> Page:
    member_page.goto("/account")
    expect(member_page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    return member_page


def me(product: Product, token: str) -> httpx.Response:
    return httpx.get(
        f"{product.url}/api/v1/me", headers={"Authorization": f"Bearer {token}"}, timeout=30
    )


def create_token(page: Page, name: str) -> str:
    """Create a token in the page and return its secret."""
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Create token").click()
    shown = page.get_by_label("Copy the token now.")
    expect(shown).to_be_visible()
    return shown.input_value()


def change_password(page: Page, current: str, new: str, again: str) -> None:
    page.get_by_label("Current password").fill(current)
    page.get_by_label("New password", exact=True).fill(new)
    page.get_by_label("Confirm new password").fill(again)
    page.get_by_role("button", name="Change password").click()


def test_a_token_is_shown_once_works_and_can_be_removed(account_page: Page, product: Product):
    page = account_page
    secret = create_token(page, "Backup script")
    assert me(product, secret).status_code == 200
    page.reload()
    tokens = page.get_by_role("list", name="Access tokens")
    expect(tokens).to_contain_text("Backup script")
    expect(tokens).to_contain_text("last used")
    assert secret not in page.content()
    page.get_by_role("button", name="Remove Backup script").click()
    page.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    # Not by its role: the page has none while the question is open.
    expect(page.get_by_text("Backup script", exact=True)).to_have_count(0)
    assert me(product, secret).status_code == 401


def test_a_changed_password_signs_other_browsers_out_and_can_end_tokens(
    new_member: Callable[[], tuple[str, str]],
    new_visitor: Callable[[], Page],
    product: Product,
):
    name, password = new_member()
    other, page = new_visitor(), new_visitor()
    for one in (other, page):
        sign_in(one, name, password)
    page.goto("/account")
    secret = create_token(page, "Reading app")

    change_password(page, password, NEW_PASSWORD, "a slip of the keys")
    expect(page.get_by_text("The passwords do not match.")).to_be_visible()
    change_password(page, "not my password", NEW_PASSWORD, NEW_PASSWORD)
    expect(page.get_by_text("The current password is wrong.")).to_be_visible()
    page.get_by_text("Also remove all access tokens").click()
    change_password(page, password, NEW_PASSWORD, NEW_PASSWORD)
    expect(page.get_by_text("Your password is changed.")).to_be_visible()

    expect(page.get_by_role("list", name="Access tokens")).to_have_count(0)
    assert me(product, secret).status_code == 401
    page.reload()
    expect(page.get_by_role("heading", name="Account", exact=True)).to_be_visible()
    other.goto("/downloads")
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()
    sign_in(other, name, NEW_PASSWORD)


def test_a_password_that_is_too_short_is_refused_with_the_rule(account_page: Page):
    change_password(account_page, "whatever it is", "short", "short")
    expect(account_page.get_by_role("alert").filter(has_text="8")).to_be_visible()


def test_file_names_follow_the_pattern_that_is_saved(account_page: Page):
    page = account_page
    example = page.locator("#pattern-example")
    expect(example).to_have_text("The Lamp v02 #007 - A Light at Sea.cbz")
    page.get_by_label("Pattern").fill("{series} {nummer}")
    expect(page.get_by_text("{nummer} is not known")).to_be_visible()
    page.get_by_label("Pattern").fill("{series} {number:4} - {title}")
    expect(example).to_have_text("The Lamp 0007 - A Light at Sea.cbz")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("File names saved.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Pattern")).to_have_value("{series} {number:4} - {title}")


def test_the_owner_invites_somebody_and_helps_them_back_in(
    owner_page: Page, new_visitor: Callable[[], Page]
):
    owner_page.goto("/people")
    shown = owner_page.get_by_label("copy the link now")
    owner_page.get_by_role("button", name="Create invitation").click()
    expect(shown).to_have_value(re.compile("/invite/"))
    link = shown.input_value()
    links = owner_page.get_by_role("list", name="Open links")
    expect(links).to_contain_text("Invitation")

    guest = new_visitor()
    guest.goto(link)
    guest.get_by_label("Username").fill("Invited")
    choose_password(guest, NEW_PASSWORD, "Join")
    guest.goto("/account")
    expect(guest.get_by_role("list", name="Signed-in browsers")).to_contain_text("This browser")

    late = new_visitor()
    late.goto(link)
    expect(late.get_by_role("heading", name="This link does not work")).to_be_visible()

    owner_page.reload()
    expect(links).to_have_count(0)
    owner_page.get_by_role("button", name="More for Invited").click()
    owner_page.get_by_role("menuitem", name="New password").click()
    expect(shown).to_have_value(re.compile("/reset/"))
    late.goto(shown.input_value())
    expect(late.get_by_text("Invited", exact=True)).to_be_visible()
    choose_password(late, "a third password", "Set password")
    guest.reload()
    expect(guest.get_by_role("button", name="Sign in")).to_be_visible()


def choose_password(page: Page, password: str, button: str) -> None:
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("Confirm password").fill(password)
    page.get_by_role("button", name=button).click()
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()


def test_another_browser_is_signed_out_from_the_list(
    new_member: Callable[[], tuple[str, str]], new_visitor: Callable[[], Page]
):
    name, password = new_member()
    other, page = new_visitor(), new_visitor()
    for one in (other, page):
        sign_in(one, name, password)
    page.goto("/account")
    browsers = page.get_by_role("list", name="Signed-in browsers")
    expect(browsers.get_by_role("listitem")).to_have_count(2)
    browsers.get_by_role("button", name="Sign out").click()
    expect(browsers.get_by_role("listitem")).to_have_count(1)
    other.goto("/downloads")
    expect(other.get_by_role("button", name="Sign in")).to_be_visible()


def test_the_theme_is_chosen_and_kept(account_page: Page):
    page = account_page
    for name, scheme in (("Dark", "dark"), ("Light", "light")):
        page.get_by_role("radio", name=name).click()
        expect(page.locator("html")).to_have_class(re.compile(scheme))
        page.reload()
        expect(page.locator("html")).to_have_class(re.compile(scheme))
    page.get_by_role("radio", name="System").click()
    page.emulate_media(color_scheme="dark")
    expect(page.locator("html")).to_have_class(re.compile("dark"))


def test_owner_takes_the_permission_to_download_from_a_member(
    owner_page: Page, new_member: Callable[[], tuple[str, str]], new_visitor: Callable[[], Page]
):
    name, password = new_member()
    owner_page.goto("/people")
    owner_page.get_by_role("button", name=f"Permissions {name}").click()
    dialog = owner_page.get_by_role("dialog")
    dialog.get_by_role("checkbox", name="Download comics").click()
    dialog.get_by_label("Storage in GB").fill("much")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("GB as a number")).to_be_visible()
    dialog.get_by_label("Storage in GB").fill("2.5")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_have_count(0)
    accounts = owner_page.get_by_role("list", name="Accounts")
    person = accounts.get_by_role("listitem").filter(has_text=name)
    expect(person).to_contain_text("may not download · 2.5")

    member = new_visitor()
    sign_in(member, name, password)
    expect(member.get_by_role("button", name=re.compile("^Download ")).first).to_have_count(0)
    member.locator("a[href^='/comics/']").first.click()
    expect(member.get_by_text("Your account may not download")).to_be_visible()
    expect(member.get_by_role("button", name="Share")).to_be_visible()
