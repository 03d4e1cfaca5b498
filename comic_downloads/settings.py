"""Read all environment variables. Invalid values are rejected at start, with their names."""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

GIB = 1024**3
MIN_SECRET_LENGTH = 16
HUNG_AFTER_LEASES = 3
# The defaults in compose.yaml began with it until 0.1.0, so installations may still have them.
PUBLISHED_SECRET = "change-this"
_UNITS = {
    "k": 1000,
    "m": 1000**2,
    "g": 1000**3,
    "t": 1000**4,
    "ki": 1024,
    "mi": 1024**2,
    "gi": GIB,
    "ti": 1024**4,
}


def parse_size(value: object) -> object:
    """Return the bytes that ``1073741824``, ``1GiB``, ``500 MB`` or ``2g`` means.

    Any other value is returned unchanged, and Pydantic rejects it.
    """
    if not isinstance(value, str):
        return value
    text = value.strip().lower().removesuffix("b").strip()
    for unit in sorted(_UNITS, key=len, reverse=True):
        if text.endswith(unit):
            number = text.removesuffix(unit).strip()
            return (
                int(float(number) * _UNITS[unit])
                if number.replace(".", "", 1).isdecimal()
                else value
            )
    return text


def _split_list(value: object) -> object:
    return (
        [part.strip() for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _network(value: object) -> IPv4Network | IPv6Network:
    try:
        return ip_network(str(value), strict=False)
    except ValueError as error:
        raise ValueError(
            "use addresses or ranges of addresses, such as 10.0.0.0/8, 192.168.1.7, fd00::/8"
        ) from error


_MAIL_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}", re.ASCII)
Bytes = Annotated[int, BeforeValidator(parse_size), Field(ge=0)]
Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split_list)]
Networks = Annotated[
    tuple[Annotated[IPv4Network | IPv6Network, BeforeValidator(_network)], ...],
    NoDecode,
    BeforeValidator(_split_list),
]
Seconds = Annotated[int, Field(ge=1)]
Count = Annotated[int, Field(ge=1)]


class SettingsError(Exception):
    """A variable has an invalid value. The message names the variable."""


class Settings(BaseSettings):
    """The settings of one process. ``docs/configuration.md`` says what each is for."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    data_dir: Path = Path("data")
    library_dir: Path | None = None
    demo_library: bool = True
    database_url: str = ""
    redis_url: str = ""
    shared_page_state: bool = False
    worker: Literal["embedded", "external"] | None = None
    worker_processes: Count | None = None
    worker_threads: Count = 2
    max_active_per_user: Count = 10
    max_queued_per_user: Count = 1000
    storage_quota_bytes: Bytes = 0
    min_free_bytes: Bytes = GIB
    originals: Literal["layout", "stored"] = "layout"
    storage_backend: Literal["local", "s3", "r2"] = "local"
    s3_bucket: str = ""
    s3_endpoint_url: str = ""
    s3_region: str = ""
    s3_access_key: str = ""
    s3_secret_key: str = ""
    s3_prefix: str = ""
    cdn_base_url: str = ""
    send_file: Literal["", "x-accel-redirect", "x-sendfile"] = ""
    base_url: str = "http://localhost:3000"
    secret_key: Names = ()
    link_ttl_seconds: Seconds = 3600
    artifact_ttl_seconds: Seconds = 86400
    session_ttl_seconds: Seconds = 30 * 86400
    job_timeout_seconds: Seconds = 3600
    stall_timeout_seconds: Seconds = 300
    lease_seconds: Seconds = 30
    max_attempts: Count = 3
    max_comics_per_job: Count = 1000
    max_pages_per_job: Count = 20000
    max_upload_bytes: Bytes = 2 * GIB
    scan_every_seconds: Annotated[int, Field(ge=0)] = 3600
    scan_settle_seconds: Annotated[int, Field(ge=0)] = 60
    max_page_pixels: Annotated[int, Field(ge=1_000_000)] = 100_000_000
    trusted_proxies: Networks = (IPv4Network("127.0.0.0/8"), IPv6Network("::1"))
    metrics_networks: Networks = ()
    opds_wait_seconds: Annotated[int, Field(ge=0, le=600)] = 25
    opds_cbz_type: Literal["application/vnd.comicbook+zip", "application/x-cbz"] = (
        "application/vnd.comicbook+zip"
    )
    smtp_url: str = ""
    mail_from: str = ""
    mails_per_day: Count = 50
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.storage_backend != "local" and not self.s3_bucket:
            raise ValueError(
                f"S3_BUCKET must be set when STORAGE_BACKEND is {self.storage_backend}"
            )
        if self.shared_page_state and not self.redis_url:
            raise ValueError("REDIS_URL must be set when SHARED_PAGE_STATE is on")
        if urlsplit(self.base_url).scheme not in {"http", "https"}:
            raise ValueError(f"BASE_URL must start with http:// or https://, not “{self.base_url}”")
        for key in self.secret_key:
            if len(key) < MIN_SECRET_LENGTH:
                raise ValueError(
                    f"SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters "
                    "in each comma-separated key"
                )
        return self

    @model_validator(mode="after")
    def _mail_fits_together(self) -> Self:
        """Check SMTP_URL, whose value is not shown because it can hold a password."""
        if not self.smtp_url:
            return self
        if not _is_smtp_url(self.smtp_url):
            raise ValueError(
                "SMTP_URL must be like smtp://user:password@mail.example:587 or smtps://…:465, "
                "with special characters of the password percent-encoded"
            )
        if not _MAIL_ADDRESS.fullmatch(self.mail_from):
            raise ValueError(
                "MAIL_FROM must be an address such as comics@example.com when SMTP_URL is set, "
                f"not “{self.mail_from}”"
            )
        return self

    @model_validator(mode="after")
    def _secrets_are_own(self) -> Self:
        """Reject the secrets that compose.yaml published, unless BASE_URL is this machine."""
        if self.serves_this_machine:
            return self
        secrets_of = {
            "SECRET_KEY": self.secret_key,
            "DATABASE_URL": _passwords(self.database_url),
            "REDIS_URL": _passwords(self.redis_url),
            "S3_SECRET_KEY": [self.s3_secret_key],
        }
        for name, values in secrets_of.items():
            if any(value.startswith(PUBLISHED_SECRET) for value in values):
                raise ValueError(
                    f"{name} has a published secret that begins with “{PUBLISHED_SECRET}”. "
                    f"Set your own, because BASE_URL, “{self.base_url}”, is not this machine"
                )
        return self

    @cached_property
    def data(self) -> Path:
        """DATA_DIR as an absolute path."""
        return self.data_dir.expanduser().resolve()

    @cached_property
    def library(self) -> Path:
        """LIBRARY_DIR as an absolute path."""
        return (self.library_dir or self.data / "library").expanduser().resolve()

    @property
    def uses_default_library(self) -> bool:
        """True if LIBRARY_DIR is not set."""
        return self.library_dir is None

    @property
    def database_file(self) -> Path:
        """The SQLite file that is used if DATABASE_URL is not set."""
        return self.data / "comic_downloads.db"

    @property
    def library_mounts(self) -> Path:
        """The file that lists the disks in the library folder."""
        return self.data / "library_mounts.json"

    @property
    def disk_reserve(self) -> Path:
        """The file that sets disk space aside for SQLite."""
        return self.data / "disk_reserve"

    @property
    def sqlalchemy_url(self) -> str:
        """The database's address for SQLAlchemy."""
        return self.database_url or f"sqlite:///{self.database_file}"

    @property
    def uses_sqlite(self) -> bool:
        """True if the database is SQLite."""
        return self.sqlalchemy_url.startswith("sqlite")

    @property
    def worker_mode(self) -> str:
        """``embedded`` or ``external``; without WORKER it is external if REDIS_URL is set."""
        return self.worker or ("external" if self.redis_url else "embedded")

    @property
    def work_dir(self) -> Path:
        """Return the folder for files under preparation and their locks."""
        return self.data / "work"

    @property
    def states_dir(self) -> Path:
        """Return the folder for the state of open tabs."""
        return self.data / "states"

    @property
    def process_count(self) -> int:
        """The number of worker processes on this machine.

        With SQLite at most 8, because its writers take turns and more would only wait.
        """
        count = self.worker_processes or os.cpu_count() or 1
        return min(count, 8) if self.uses_sqlite else count

    @property
    def hung_after_seconds(self) -> int:
        """How long a worker process may go without a heartbeat before it is killed."""
        return HUNG_AFTER_LEASES * self.lease_seconds

    @property
    def serves_this_machine(self) -> bool:
        """True if BASE_URL is an address of this machine, so that nobody else can open it."""
        return is_this_machine(urlsplit(self.base_url).hostname or "")

    @property
    def serves_https(self) -> bool:
        """True if visitors use HTTPS."""
        return self.base_url.startswith("https://")

    @cached_property
    def secret_keys(self) -> tuple[str, ...]:
        """The signing keys: the first signs, and all verify.

        Without SECRET_KEY one key is created and stored in DATA_DIR.
        """
        return self.secret_key or (_kept_secret(self.data / "secret_key"),)


def _is_smtp_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"smtp", "smtps"} and bool(parts.hostname) and port != 0


def is_this_machine(host: str) -> bool:
    """Return True for ``localhost`` and for a loopback address."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # The name of a machine.
        return False


def _passwords(url: str) -> list[str]:
    """Return the passwords in an address: before its host, and among its parameters."""
    parts = urlsplit(url)
    return [unquote(parts.password or ""), *parse_qs(parts.query).get("password", [])]


def _kept_secret(path: Path) -> str:
    """Return the key in the file, creating it first if the file is missing or empty.

    Raises:
        SettingsError: the key is too short, so the file is damaged.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
        # If processes start together, the first creates the key and the others read it.
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read().strip()
        if not key:
            key = secrets.token_urlsafe(48)
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    if len(key) < MIN_SECRET_LENGTH:
        raise SettingsError(
            f"SECRET_KEY: the key in {path} is damaged. "
            "Restore the file, or delete it to create a new key."
        )
    return key


def load_settings() -> Settings:
    """Return the settings from the environment.

    Raises:
        SettingsError: variables have invalid values; the message names each of them.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise SettingsError("\n".join(_describe(problem) for problem in error.errors())) from error


def _describe(problem: object) -> str:
    assert isinstance(problem, dict)
    variable = "".join(problem["loc"][:1]).upper()  # The rest is the position in a list.
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{variable}: {message} (it is “{problem['input']}”)" if variable else message
