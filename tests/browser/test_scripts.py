"""Browsers run the product's own scripts only."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.product import Product

# What somebody may try to slip into a page; each sets this variable.
_SLIPPED_IN = """
() => {
  const inline = document.createElement("script");
  inline.textContent = "window.slippedIn = true";
  document.body.append(inline);
  const foreign = document.createElement("script");
  foreign.src = "data:text/javascript,window.slippedIn = true";
  document.body.append(foreign);
  document.body.insertAdjacentHTML(
    "beforeend", "<img src='/nothing.png' onerror='window.slippedIn = true'>");
  return new Promise((resolve) => {
    const refused = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      refused.push(event.effectiveDirective);
      if (refused.length === 3) resolve(refused);
    });
  });
}
"""


@pytest.fixture
def page(browser: Browser, product: Product) -> Page:
    """Return the sign-in page, whose policy may be broken in these tests."""
    page = browser.new_page(base_url=product.url)
    page.goto("/sign-in")
    expect(page.get_by_role("button")).to_be_visible()
    return page


def test_script_that_was_slipped_into_a_page_does_not_run(page: Page) -> None:
    refused = page.evaluate(_SLIPPED_IN)
    assert all(directive.startswith("script-src") for directive in refused)
    assert page.evaluate("window.slippedIn") is None
    page.close()


@pytest.mark.parametrize("address", ["/", "/sign-in", "/s/v1.any.share", "/nothing/here"])
def test_every_inline_script_of_a_page_is_named_by_its_hash(product: Product, address: str) -> None:
    answer = httpx.get(product.url + address, follow_redirects=True)
    policy = answer.headers["content-security-policy"]
    assert "'unsafe-inline'" not in policy
    assert len(set(re.findall(r"'sha256-[\w+/=]{44}'", policy))) > 5
    assert "<script" in answer.text
