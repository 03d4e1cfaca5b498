"""Two web machines behind one address, which sends each request to the next of them in turn."""

from __future__ import annotations

import itertools
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import OWNER, TIMEOUT_MILLISECONDS, sign_in
from tests.browser.held_pages import held_pages
from tests.browser.machines import assets_of
from tests.browser.product import Product
from tests.browser.test_main_journey import READY_MILLISECONDS, choose_tab, order_long_comic
from tests.servers import PostgresServer, RedisServer
from tests.waiting import free_port, listens, wait_for


@dataclass
class Site:
    """Both machines and nginx before them; its log names the machine of each answer."""

    first: Product
    second: Product
    url: str
    log: Path

    def machines_that_answered(self, status: int, path: str) -> set[str]:
        """Return the ports of the machines that answered a path with the status."""
        answers = re.findall(
            rf"^127\.0\.0\.1:(\d+) {status} {path}", self.log.read_text(), re.MULTILINE
        )
        return set(answers)

    def both(self) -> set[str]:
        return {str(self.first.port), str(self.second.port)}


def nginx(folder: Path, port: int, servers: list[int]) -> subprocess.Popen[bytes]:
    """Start nginx with the proxy's settings from docs/deployment.md before the servers, in turn."""
    guide = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text()
    proxy = re.search(r"location / \{.*?\}", guide, re.DOTALL)
    assert proxy is not None
    names = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = " ".join(f"{name}_temp_path {folder}/{name};" for name in names)
    upstream = " ".join(f"server 127.0.0.1:{server} max_fails=0;" for server in servers)
    configuration = f"""
        daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log; user root;
        events {{ worker_connections 256; }}
        http {{
          log_format answers '$upstream_addr $status $uri';
          access_log {folder}/answers.log answers; {paths}
          upstream web {{ {upstream} }}
          server {{ listen 127.0.0.1:{port}; {proxy[0].replace("127.0.0.1:3000", "web")} }}
        }}"""
    (folder / "nginx.conf").write_text(configuration)
    process = subprocess.Popen(
        ["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], stderr=subprocess.DEVNULL
    )
    wait_for("nginx to listen", lambda: listens(port))
    return process


@pytest.fixture
def start_site(
    product: Product,
    image: Path,
    tmp_path: Path,
    postgres_server: PostgresServer,
    redis_server: RedisServer,
) -> Iterator[Callable[..., Site]]:
    """Start both machines, each with its own build of the pages, on one PostgreSQL and Redis."""
    database = postgres_server.new_database()
    port = free_port()
    url = f"http://localhost:{port}"
    shared = {
        "DATABASE_URL": postgres_server.url(database),
        "REDIS_URL": redis_server.url,
        "SECRET_KEY": "what signs links on both machines",
        "BASE_URL": url,
    }
    running: list[Product | subprocess.Popen[bytes]] = []

    def machine(name: str, **variables: str) -> Product:
        (tmp_path / name).mkdir()
        web_folder = image / ".web" if name == "second" else product.web_folder
        machine = Product(tmp_path / name, product.library, web_folder, **shared, **variables)
        if name == "second":
            machine.root = image
        running.append(machine)
        machine.start()
        return machine

    def start(**variables: str) -> Site:
        first = machine("first", WORKER="embedded", **variables)
        second = machine("second", WORKER="external", **variables)
        running.append(nginx(tmp_path, port, [first.port, second.port]))
        return Site(first, second, url, tmp_path / "answers.log")

    yield start
    for process in reversed(running):
        if isinstance(process, Product):
            process.stop()
        else:
            process.terminate()
            process.wait()
    postgres_server.drop_database(database)


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[[Site], Page]]:
    """Create the owner, open a page of theirs, and fail the test if a script raised an error."""
    script_errors: list[str] = []
    contexts = []

    def open_page(site: Site) -> Page:
        account = {"username": OWNER[0], "password": OWNER[1]}
        assert httpx.post(
            f"{site.url}/api/v1/setup", json=account, headers={"Origin": site.url}
        ).is_success
        context = browser.new_context(base_url=site.url)
        context.set_default_timeout(TIMEOUT_MILLISECONDS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: script_errors.append(str(error)))
        sign_in(page, *OWNER)
        return page

    expect.set_options(timeout=TIMEOUT_MILLISECONDS)
    yield open_page
    for context in contexts:
        context.close()
    assert script_errors == []


def test_each_machine_serves_what_pages_of_the_other_name(start_site: Callable[..., Site]):
    site = start_site()
    with (
        httpx.Client(base_url=site.first.url) as first,
        httpx.Client(base_url=site.second.url) as second,
    ):
        assets: set[str] = set()
        for path in ("/", "/downloads/", "/sign-in/", "/comics/1", "/s/1"):
            page = first.get(path)
            assert page.content == second.get(path).content
            assets |= assets_of(page.text)
        assert len(assets) > 5
        for asset in assets:
            assert first.get(asset).raise_for_status().content == second.get(asset).content


@pytest.mark.parametrize("shared", ["0", "1"])
def test_pages_are_live_through_either_machine(
    start_site: Callable[..., Site], open_page: Callable[[Site], Page], shared: str
):
    site = start_site(SHARED_PAGE_STATE=shared)
    page = open_page(site)
    for _ in range(4):
        page.reload()
        expect(page.get_by_test_id("comic")).to_have_count(3)
    with held_pages(site.first, "720p"):
        order_long_comic(page, "720p")
        page.goto("/downloads")
        expect(page.get_by_role("progressbar").first).to_be_visible()
    choose_tab(page, "Ready")
    expect(page.get_by_role("button", name=re.compile(r"^More for .*\.cbz$"))).to_be_visible(
        timeout=READY_MILLISECONDS
    )
    assert site.machines_that_answered(200, "/assets/") == site.both()
    reload_through_both(site, page.get_by_role("tab", name="Ready"))


def test_open_page_moves_to_the_other_machine_when_its_own_stops(
    start_site: Callable[..., Site], open_page: Callable[[Site], Page]
):
    site = start_site()
    page = open_page(site)
    page.goto("/downloads")
    completed = page.get_by_role("tab", name="Ready")
    expect(page.get_by_text("Nothing here yet")).to_be_visible()
    for machine in (site.first, site.second):  # the page is connected to one of them
        machine.stop()
        completed.click()
        expect(completed).to_have_attribute("aria-selected", "true")
        page.get_by_role("link", name="Library", exact=True).first.click()
        expect(page.get_by_test_id("series")).to_have_count(1)
        page.get_by_role("link", name=re.compile("^Downloads")).first.click()
        expect(completed).to_be_visible()
        machine.start()


def test_what_is_selected_is_there_when_the_other_machine_shows_the_page(
    start_site: Callable[..., Site], open_page: Callable[[Site], Page]
):
    site = start_site(SHARED_PAGE_STATE="1")
    page = open_page(site)
    page.get_by_role("button", name="Select", exact=True).click()
    page.get_by_role("button", name=re.compile("^Torn")).click()
    selected = page.get_by_role("button", name="Download 1 comic…")
    expect(selected).to_be_visible()

    reload_through_both(site, selected)


def reload_through_both(site: Site, shown: Locator) -> None:
    """Reload the page, which shows the element each time, until both machines had a websocket."""
    turns = itertools.count()

    def reaches_both() -> bool:
        # A reload may always be as many requests, so that the same machine would have its turn.
        if next(turns) % 2:
            httpx.get(f"{site.url}/health")
        shown.page.reload()  # nginx logs a websocket once it has closed.
        expect(shown).to_be_visible()
        return site.machines_that_answered(101, "/_event") == site.both()

    wait_for("websockets through both", reaches_both)
