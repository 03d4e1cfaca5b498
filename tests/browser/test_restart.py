"""The server may be stopped and started: open tabs come back by themselves and show the truth."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.held_pages import held_pages
from tests.browser.product import Product
from tests.browser.test_main_journey import READY_MILLISECONDS, order_long_comic


def test_tab_comes_back_after_a_restart_and_its_download_goes_on(
    member_page: Page, product: Product
):
    page = member_page
    with held_pages(product, "480p"):
        order_long_comic(page, "480p", "ZIP")
        page.goto("/downloads")
        row = page.get_by_test_id("download")
        row.get_by_role("button", name="Pause").click()
        expect(row).to_have_attribute("data-status", "paused")

    product.stop()
    product.start()
    other_tab = page.context.new_page()
    other_tab.goto("/downloads")
    other_tab.get_by_role("button", name="Resume").click()
    expect(row).to_have_attribute("data-status", "ready", timeout=READY_MILLISECONDS)
    page.get_by_role(
        "link", name="Library", exact=True
    ).first.click()  # whose script the first tab has not read yet
    expect(page.get_by_test_id("series")).to_have_count(1)


def test_browsers_keep_scripts_but_ask_for_pages_again(member_page: Page):
    page = member_page.request.get("/downloads")
    assert page.headers["cache-control"] == "no-cache"
    assert member_page.request.get("/page.js").headers["cache-control"] == "no-cache"
    scripts = re.findall(r'"(/assets/[^"]+\.js)"', page.text())
    assert scripts
    for script in scripts:
        assert "immutable" in member_page.request.get(script).headers["cache-control"]
    gone = member_page.request.get("/assets/gone.js")
    assert "immutable" not in gone.headers["cache-control"]


def test_redirects_between_pages_name_no_scheme(member_page: Page):
    answer = member_page.request.get("/downloads", max_redirects=0)
    assert answer.headers["location"] == "/downloads/"
