"""One running product and one browser for all tests; each test has its own accounts and tabs."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.browser.machines import build_as_in_image, copy_packages, copy_sources
from tests.browser.product import Product
from tests.browser.shelf import fill_library

COMICS = "/?view=comics"
OWNER = ("olivia", "a long enough password")
TIMEOUT_MILLISECONDS = 60_000


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the product's latest output to the report of a failed test."""
    report = yield
    product = getattr(item, "funcargs", {}).get("product")
    if report.failed and isinstance(product, Product):
        report.sections.append(("The product's output", product.output()[-3000:]))
    return report


@pytest.fixture(scope="session")
def product(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Product]:
    folder = tmp_path_factory.mktemp("product")
    library = folder / "library"
    fill_library(library)
    # The pages' packages are kept between runs; a product running from this checkout keeps its own.
    product = Product(folder, library, request.config.cache.mkdir("web") / "pages")
    try:
        product.start()
        yield product
    finally:
        product.stop()


@pytest.fixture(scope="session")
def image(product: Product, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of another machine, with sources and pages as an image holds them."""
    root = copy_sources(tmp_path_factory.mktemp("image") / "an app of another name")
    copy_packages(product.web_folder, root / ".web")
    build_as_in_image(root, BASE_URL="https://comics.example", PYTHONHASHSEED="7")
    return root


@pytest.fixture
def new_visitor(browser: Browser, product: Product) -> Iterator[Callable[[], Page]]:
    """Return a function that opens a page in a fresh browser profile.

    Fails the test if a page raised a script error, or did what its policy forbids.
    """
    contexts: list[BrowserContext] = []
    script_errors: list[str] = []

    def note_refusal(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            script_errors.append(message.text)

    def open_page() -> Page:
        context = browser.new_context(base_url=product.url, viewport={"width": 1280, "height": 900})
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: script_errors.append(str(error)))
        page.on("console", note_refusal)
        return page

    expect.set_options(timeout=TIMEOUT_MILLISECONDS)
    yield open_page
    for context in contexts:
        context.close()
    assert script_errors == []


@pytest.fixture(scope="session")
def _owner_ready(browser: Browser, product: Product) -> None:
    """Create the owner's account on the setup page."""
    page = browser.new_page(base_url=product.url)
    page.goto("/")
    page.wait_for_url("**/setup")
    page.get_by_label("Username").fill(OWNER[0])
    page.get_by_label("Password", exact=True).fill(OWNER[1])
    page.get_by_label("Confirm password").fill(OWNER[1])
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible(
        timeout=TIMEOUT_MILLISECONDS
    )
    page.close()


_names = (f"member{number}" for number in itertools.count(1))


@pytest.fixture
def new_member(
    _owner_ready: None, product: Product, browser: Browser
) -> Callable[[], tuple[str, str]]:
    """Return a function that creates an account, so that tests see only their own downloads."""

    def make() -> tuple[str, str]:
        context = browser.new_context(base_url=product.url)
        credentials = (next(_names), "member's password")
        sign_in = {"username": OWNER[0], "password": OWNER[1]}
        assert context.request.post(
            "/api/v1/session", data=sign_in, headers={"Origin": product.url}
        ).ok
        member = {"username": credentials[0], "password": credentials[1]}
        assert context.request.post(
            "/api/v1/users", data=member, headers={"Origin": product.url}
        ).ok
        context.close()
        return credentials

    return make


@pytest.fixture
def member_page(new_member: Callable[[], tuple[str, str]], new_visitor: Callable[[], Page]) -> Page:
    """Return the library page of a new account, with all comics."""
    page = new_visitor()
    sign_in(page, *new_member())
    return page


@pytest.fixture
def owner_page(_owner_ready: None, new_visitor: Callable[[], Page]) -> Page:
    """Return the owner's library page."""
    page = new_visitor()
    sign_in(page, *OWNER)
    return page


def sign_in(page: Page, username: str, password: str) -> None:
    """Sign in and open the library with all comics."""
    page.goto(f"/sign-in?next={quote(COMICS)}")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Library", exact=True)).to_be_visible()
