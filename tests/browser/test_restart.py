"""The server may be stopped and started: open tabs come back by themselves and show the truth."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.test_main_journey import order_long_comic


def test_tab_comes_back_after_a_restart_and_its_download_goes_on(member_page: Page, product: Product):
    page = member_page
    order_long_comic(page, "Phone")
    page.goto("/downloads")
    row = page.get_by_test_id("download")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_have_attribute("data-status", "paused")

    product.stop()
    product.start()

    other_tab = page.context.new_page()
    other_tab.goto("/downloads")
    other_tab.get_by_role("button", name="Resume").click()
    expect(row).to_have_attribute("data-status", "ready", timeout=60_000)
