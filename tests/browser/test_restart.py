"""The server may be stopped and started: open tabs come back by themselves and show the truth."""

from __future__ import annotations

import contextlib

from playwright.sync_api import Page, TimeoutError, expect

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
    resume = other_tab.get_by_role("button", name="Resume")
    for _ in range(4):  # as people do who open a page while the server is still starting
        other_tab.goto("/downloads")
        with contextlib.suppress(TimeoutError):
            resume.wait_for(timeout=15_000)
            break
    resume.click()
    expect(row).to_have_attribute("data-status", "ready", timeout=60_000)
