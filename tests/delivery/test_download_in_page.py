"""The download in the page, in a real Chromium, across everything that interrupts it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlmodel import col, delete

from comic_downloads.db.tables import Artifact, Job
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.web import wording
from tests.waiting import wait_for

from .cutting_proxy import CuttingProxy, cutting_proxy
from .live_server import ROOT, live_server
from .shelf import Shelf

SIZE = 40 * 1024 * 1024 + 7
# A file trickles from here on: it is under way for a minute more, however fast the machine is.
HELD_AT = 12 * 1024 * 1024
NAME, PASSWORD = "olivia", "a long enough password"
MILLISECONDS = 60_000
NAME_OVER_HTTP = "http://comics.example"
pytestmark = pytest.mark.xdist_group("browser")


@dataclass
class Visit:
    """A signed-in tab on a line to a server that has one ready file.

    The file trickles after its first bytes; ``saved_hash`` lets all of it pass.
    """

    shelf: Shelf
    proxy: CuttingProxy
    context: BrowserContext
    page: Page
    job: Job

    def open_page(self) -> Page:
        page = self.context.new_page()
        page.goto(f"{self.proxy.address}/page/{self.job.id}")
        return page

    def received(self, page: Page | None = None) -> int:
        return (page or self.page).evaluate(
            "id => window.comicTransfers.get(id).receivedBytes ?? 0", self.job.id
        )

    def wait_for_state(self, state: str, page: Page | None = None) -> None:
        argument = [self.job.id, state]
        (page or self.page).wait_for_function(
            "([id, state]) => window.comicTransfers.get(id).state === state",
            arg=argument,
            timeout=MILLISECONDS,
        )

    def wait_until_under_way(self, beyond: int = 0, page: Page | None = None) -> None:
        argument = [self.job.id, beyond + 4 * 1024 * 1024]
        (page or self.page).wait_for_function(
            "([id, bytes]) => window.comicTransfers.get(id).receivedBytes > bytes",
            arg=argument,
            timeout=MILLISECONDS,
        )

    def start(self) -> None:
        self.page.evaluate("id => { window.comicTransfers.start(id); }", self.job.id)

    def saved_hash(self, act: Callable[[], None], page: Page | None = None) -> str:
        """Return the SHA-256 of what the browser saves after ``act``, when the file may pass."""
        with (page or self.page).expect_download(timeout=MILLISECONDS) as download:
            act()
            self.proxy.let_files_pass()
        assert download.value.suggested_filename == self.job.filename
        return hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest()


@dataclass
class Site:
    shelf: Shelf
    owner_id: str
    server: str
    browser: Browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    shelf = Shelf(tmp_path_factory.mktemp("site"))
    owner = create_owner(shelf.context, NAME, PASSWORD)
    with live_server(shelf.folder, "create_page_app") as server:
        yield Site(shelf, owner.id, server, browser)
    shelf.close()


@pytest.fixture
def server(site: Site) -> str:
    return site.server


@pytest.fixture
def server_of_short_links(site: Site) -> Iterator[str]:
    with live_server(site.shelf.folder, "create_page_app", LINK_TTL_SECONDS="1") as server:
        yield server


@pytest.fixture
def visit(site: Site, server: str) -> Iterator[Visit]:
    with visiting(site, server) as visit:
        yield visit


@contextmanager
def visiting(site: Site, server: str) -> Iterator[Visit]:
    job = site.shelf.add_ready(site.owner_id, os.urandom(SIZE), filename="comic.cbz")
    with cutting_proxy(server, held_at=HELD_AT) as proxy:
        context = site.browser.new_context()
        page = context.new_page()
        sign_in = {"username": NAME, "password": PASSWORD}
        answer = context.request.post(
            f"{proxy.address}/api/v1/session", data=sign_in, headers={"Origin": proxy.address}
        )
        assert answer.ok, answer.text()
        page.goto(f"{proxy.address}/page/{job.id}")
        yield Visit(site.shelf, proxy, context, page, job)
        context.close()


@pytest.mark.parametrize(
    ("received_bytes", "size_bytes", "bytes_per_second", "seconds"),
    [
        (0, 1, 999.4, 0.2),
        (1, 999_600, 999.6, 59.01),
        (999_499, 12_340_000, 12_400_000, 61),
        (34_200_000, 104_857_600, 104_000, 3601),
        (999_960_000, 4_000_000_000_000, 1, 47 * 3600),
        (1_500, 2_000_000_000, 1_000, 49 * 3600),
    ],
)
def test_sizes_and_times_read_as_in_the_rest_of_the_row(
    visit: Visit, received_bytes: int, size_bytes: int, bytes_per_second: float, seconds: float
) -> None:
    visit.page.evaluate(
        "detail => window.comicTransfers.dispatchEvent(new CustomEvent('change', { detail }))",
        {
            "jobId": visit.job.id,
            "state": "fetching",
            "receivedBytes": received_bytes,
            "sizeBytes": size_bytes,
            "speedBytesPerSecond": bytes_per_second,
            "etaSeconds": seconds,
        },
    )
    parts = (
        wording.part(received_bytes, size_bytes),
        wording.speed(bytes_per_second),
        wording.time_left(seconds),
    )
    assert visit.page.get_by_role("status").text_content() == wording.facts(*parts)


def test_a_file_arrives_whole_under_its_name_and_is_counted(visit: Visit) -> None:
    assert visit.saved_hash(visit.start) == visit.job.sha256
    visit.wait_for_state("saved")
    assert wait_for(
        "the bytes to be counted", lambda: visit.shelf.job(visit.job.id).downloaded_bytes == SIZE
    )


def test_it_goes_on_after_a_reload(visit: Visit) -> None:
    visit.start()
    visit.wait_until_under_way()
    visit.page.reload()
    before = visit.received()
    visit.proxy.let_files_pass(HELD_AT)
    visit.wait_until_under_way(before)
    assert visit.saved_hash(lambda: None) == visit.job.sha256
    visit.wait_for_state("saved")
    assert visit.shelf.job(visit.job.id).downloaded_bytes <= SIZE


def test_it_goes_on_after_the_tab_was_closed(visit: Visit) -> None:
    visit.start()
    visit.wait_until_under_way()
    before = visit.received()
    visit.page.close()
    again = visit.context.new_page()
    with again.expect_download(timeout=MILLISECONDS) as download:
        again.goto(f"{visit.proxy.address}/page/{visit.job.id}")
        visit.wait_until_under_way(page=again)
        assert visit.received(again) >= before
        visit.proxy.let_files_pass()
    assert hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == visit.job.sha256


def test_another_tab_takes_over_when_the_one_that_fetches_is_closed(visit: Visit) -> None:
    visit.start()
    visit.wait_until_under_way()
    other = visit.open_page()
    visit.wait_until_under_way(page=other)
    assert visit.saved_hash(visit.page.close, other) == visit.job.sha256


def test_it_waits_for_a_lost_network_and_goes_on(visit: Visit) -> None:
    visit.start()
    visit.wait_until_under_way()
    visit.proxy.dead = True
    visit.wait_for_state("waiting")
    before = visit.received()
    assert 0 < before < SIZE

    def reconnect() -> None:
        visit.proxy.dead = False

    assert visit.saved_hash(reconnect) == visit.job.sha256


def test_it_pauses_and_resumes_by_its_buttons(visit: Visit) -> None:
    visit.page.evaluate("delete window.showSaveFilePicker")
    visit.page.get_by_role("button", name="Download in this page").click()
    visit.wait_until_under_way()
    visit.page.get_by_role("button", name="Pause").click()
    visit.wait_for_state("paused")
    before = visit.received()
    visit.page.wait_for_timeout(500)
    assert visit.received() == before
    visit.page.reload()
    assert (
        visit.page.get_by_role("status").text_content() == f"Paused at {wording.part(before, SIZE)}"
    )
    assert (
        visit.saved_hash(visit.page.get_by_role("button", name="Resume").click) == visit.job.sha256
    )


@pytest.mark.parametrize(("address", "shown"), [("{server}", True), (NAME_OVER_HTTP, False)])
def test_its_button_is_shown_on_this_machine_and_not_at_another_address_over_http(
    site: Site, server: str, address: str, shown: bool
) -> None:
    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(NAME_OVER_HTTP)
        route.fulfill(response=route.fetch(url=f"{server}{path}"))

    page = site.browser.new_page()
    page.route(f"{NAME_OVER_HTTP}/**", answer)
    page.goto(f"{address.format(server=server)}/page/1")

    assert page.evaluate("window.isSecureContext") is shown
    expect(page.get_by_role("button", name="Download in this page")).to_be_visible(visible=shown)
    page.close()


def test_discarding_leaves_nothing_in_the_browser(visit: Visit) -> None:
    visit.start()
    visit.wait_until_under_way()
    visit.page.get_by_role("button", name="Discard").click()
    visit.wait_for_state("none")
    names = """async () => {
        const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle("downloads");
        return Array.fromAsync(folder.keys());
    }"""
    visit.page.wait_for_function(
        f"async () => (await ({names})()).length === 0", timeout=MILLISECONDS
    )
    assert visit.page.evaluate("window.comicTransfers.list()") == []


def test_it_goes_on_after_its_link_expired(site: Site, server_of_short_links: str) -> None:
    with visiting(site, server_of_short_links) as visit:
        answers: list[tuple[str, int]] = []
        visit.context.on("response", lambda answer: answers.append((answer.url, answer.status)))

        def start_and_wait() -> None:
            visit.start()
            visit.wait_until_under_way()
            link = next(url for url, _ in answers if "/d/" in url)
            wait_for("the link to expire", lambda: httpx.head(link).status_code == 410)

        assert visit.saved_hash(start_and_wait) == visit.job.sha256
        assert 410 in [status for _, status in answers]


def test_a_damaged_copy_is_noticed_and_fetched_again(visit: Visit) -> None:
    visit.start()
    visit.wait_until_under_way()
    visit.page.get_by_role("button", name="Pause").click()
    visit.wait_for_state("paused")
    damage = """async (id) => {
        const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle("downloads");
        const handle = await folder.getFileHandle(id);
        const file = await handle.createWritable({ keepExistingData: true });
        await file.write({ type: "write", position: 1000, data: "damaged" });
        await file.close();
    }"""
    visit.page.evaluate(damage, visit.job.id)
    assert visit.saved_hash(visit.start) == visit.job.sha256


def test_a_file_cleaned_up_meanwhile_goes_on_once_it_is_prepared_again(visit: Visit) -> None:
    visit.start()
    visit.wait_until_under_way()
    visit.page.get_by_role("button", name="Pause").click()
    visit.wait_for_state("paused")
    path = visit.shelf.blob_path(visit.job)
    data = path.read_bytes()
    path.unlink()
    visit.shelf.change(visit.job.id, status="queued", progress=0, artifact_id=None, phase="waiting")
    with visit.shelf.context.db.write() as session:
        session.exec(delete(Artifact).where(col(Artifact.id) == visit.job.artifact_id))
    visit.start()
    visit.wait_for_state("preparing")
    before = visit.received()
    assert before > 0
    twin = visit.shelf.add_ready(visit.job.user_id, data)

    def prepared() -> None:
        visit.shelf.change(visit.job.id, status="ready", progress=100, artifact_id=twin.artifact_id)

    assert visit.saved_hash(prepared) == visit.job.sha256
    assert visit.shelf.job(visit.job.id).downloaded_bytes <= SIZE


def test_a_removed_download_says_so(visit: Visit) -> None:
    visit.shelf.change(visit.job.id, deleted_at=visit.shelf.clock())
    visit.start()
    visit.wait_for_state("failed")
    assert visit.page.get_by_role("status").text_content() == "This download was removed."


def test_a_browser_that_drops_what_is_written_says_so(visit: Visit) -> None:
    # Chromium drops data like this in a private window when its memory is full.
    dropping = """
        const write = FileSystemSyncAccessHandle.prototype.write;
        FileSystemSyncAccessHandle.prototype.write = function (data, options) {
            return options.at < 8e6 ? write.call(this, data, options) : data.length;
        };
    """
    script = (ROOT / "assets" / "download-worker.js").read_text()
    visit.context.route(
        "**/download-worker.js",
        lambda route: route.fulfill(body=dropping + script, content_type="text/javascript"),
    )
    visit.proxy.let_files_pass()
    visit.start()
    visit.wait_for_state("failed")
    words = "The browser has too little storage for this file. Use the Download button instead."
    assert visit.page.get_by_role("status").text_content() == words
    assert visit.received() < SIZE


def test_the_file_goes_where_the_user_picked(visit: Visit) -> None:
    # A test cannot use the dialog itself. A file of the private file system has the same interface
    # as a picked one.
    picker = """window.showSaveFilePicker = async ({ suggestedName }) => {
        window.pickedName = suggestedName;
        return (await navigator.storage.getDirectory()).getFileHandle("picked", { create: true });
    }"""
    visit.page.evaluate(f"() => {{ {picker} }}")
    visit.proxy.let_files_pass()
    visit.page.get_by_role("button", name="Download in this page").click()
    visit.wait_for_state("saved")
    digest = """async () => {
        const root = await navigator.storage.getDirectory();
        const file = await (await root.getFileHandle("picked")).getFile();
        const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
        const bytes = new Uint8Array(hash);
        return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
    }"""
    assert visit.page.evaluate(digest) == visit.job.sha256
    assert visit.page.evaluate("window.pickedName") == "comic.cbz"


def test_where_the_browser_cannot_nothing_is_offered(visit: Visit) -> None:
    page = visit.context.new_page()
    page.add_init_script("delete Navigator.prototype.locks")
    page.goto(f"{visit.proxy.address}/page/{visit.job.id}")
    assert page.evaluate("window.comicTransfers.supported") is False
    assert page.locator("comic-transfer").is_hidden()
