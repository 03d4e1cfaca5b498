"""The product on PostgreSQL and Redis while one of them is away.

It says so, loses nothing and continues afterwards.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import OWNER, TIMEOUT_MILLISECONDS, sign_in
from tests.browser.product import Product
from tests.servers import PostgresServer, RedisServer
from tests.waiting import wait_for


@pytest.fixture
def database(postgres_server: PostgresServer) -> Iterator[str]:
    name = postgres_server.new_database()
    yield name
    postgres_server.drop_database(name)


@pytest.fixture(params=["1"])
def on_servers(
    request: pytest.FixtureRequest,
    product: Product,
    tmp_path: Path,
    database: str,
    postgres_server: PostgresServer,
    redis_server: RedisServer,
) -> Iterator[Product]:
    """Yield one more product with the same comics and built pages."""
    pages = shutil.copytree(product.web_folder, tmp_path / "pages", symlinks=True)
    servers = {
        "DATABASE_URL": postgres_server.url(database),
        "REDIS_URL": redis_server.url,
        "WORKER": "embedded",
    }
    other = Product(tmp_path, product.library, pages, **servers, GRANIAN_WORKERS=request.param)
    try:
        other.start()
        yield other
    finally:
        other.stop()


@pytest.fixture
def page(browser: Browser, on_servers: Product) -> Iterator[Page]:
    context = browser.new_context(base_url=on_servers.url)
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    expect.set_options(timeout=TIMEOUT_MILLISECONDS)
    yield context.new_page()
    context.close()


def test_work_and_pages_go_on_without_redis(
    page: Page, on_servers: Product, redis_server: RedisServer
):
    client = httpx.Client(base_url=on_servers.url, headers={"Origin": on_servers.url})
    assert client.post(
        "/api/v1/setup", json={"username": OWNER[0], "password": OWNER[1]}
    ).is_success
    sign_in(page, *OWNER)
    expect(page.get_by_test_id("comic")).to_have_count(3)
    page.goto("/downloads")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    completed = page.get_by_role("tab", name=re.compile("Ready.*1"))

    redis_server.stop()
    comic = client.get("/api/v1/comics").json()["items"][0]["id"]
    assert client.post("/api/v1/downloads", json={"comic_ids": [comic], "format": "zip"}).is_success
    completed.click()
    expect(page.get_by_role("button", name=re.compile(r"^More for .*\.zip$"))).to_be_visible()
    page.reload()
    expect(completed).to_be_visible()
    assert on_servers.answers()

    redis_server.start()
    page.get_by_role("link", name="Shared").first.click()
    expect(page.get_by_text("Nothing shared yet")).to_be_visible()


@pytest.mark.parametrize("on_servers", ["2"], indirect=True)
def test_pages_of_several_processes_say_that_redis_is_away_and_come_back(
    page: Page, on_servers: Product, redis_server: RedisServer
):
    client = httpx.Client(base_url=on_servers.url, headers={"Origin": on_servers.url})
    assert client.post(
        "/api/v1/setup", json={"username": OWNER[0], "password": OWNER[1]}
    ).is_success
    sign_in(page, *OWNER)
    page.goto("/downloads")
    note = page.get_by_role("alert").filter(has_text="this page will reconnect")
    completed = page.get_by_role("tab", name="Ready")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()

    for go_on in (completed.click, page.reload):  # on a page that is there, and on one that is not
        redis_server.stop()
        go_on()
        expect(note).to_be_visible()
        redis_server.start()

        expect(note).to_have_count(0)
        expect(page.get_by_text("Nothing here yet")).to_be_visible()
        completed.click()
        expect(completed).to_have_attribute("aria-selected", "true")


def test_page_says_that_it_could_not_be_loaded_and_tries_again(
    page: Page, on_servers: Product, postgres_server: PostgresServer, database: str
):
    client = httpx.Client(base_url=on_servers.url, headers={"Origin": on_servers.url})
    assert client.post(
        "/api/v1/setup", json={"username": OWNER[0], "password": OWNER[1]}
    ).is_success
    sign_in(page, *OWNER)

    postgres_server.shut_database(database)
    page.goto("/downloads")
    expect(page.get_by_role("heading", name="This could not be loaded")).to_be_visible()
    postgres_server.open_database(database)

    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("Nothing here yet")).to_be_visible()


def test_page_of_a_share_says_that_it_could_not_be_loaded_and_tries_again(
    page: Page, on_servers: Product, postgres_server: PostgresServer, database: str
):
    client = httpx.Client(base_url=on_servers.url, headers={"Origin": on_servers.url})
    assert client.post(
        "/api/v1/setup", json={"username": OWNER[0], "password": OWNER[1]}
    ).is_success
    comics = wait_for("the comics to be read", lambda: client.get("/api/v1/comics").json()["items"])
    made = client.post("/api/v1/shares", json={"comic_ids": [comics[0]["id"]]}).json()

    postgres_server.shut_database(database)
    page.goto(made["url"].removeprefix(on_servers.url))
    expect(page.get_by_role("heading", name="This could not be loaded")).to_be_visible()
    postgres_server.open_database(database)

    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("button", name="Prepare", exact=True)).to_be_visible()
