"""Invalid settings are rejected by name, and valid ones are read as people write them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from comic_downloads.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LINK_TTL_SECONDS", "soon"),
        ("LINK_TTL_SECONDS", "0"),
        ("MIN_FREE_BYTES", "1 potato"),
        ("MIN_FREE_BYTES", "-5"),
        ("WORKER", "sometimes"),
        ("STORAGE_BACKEND", "floppy"),
        ("LOG_LEVEL", "loud"),
        ("MAX_ATTEMPTS", "0"),
        ("METRICS_NETWORKS", "ten dot one"),
        ("TRUSTED_PROXIES", "10.0.0.0/40"),
        ("TRUSTED_PROXIES", "caddy"),
    ],
)
def test_wrong_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, variable: str, value: str):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert variable in str(refused.value)
    assert value in str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("BASE_URL", "localhost:3000", "BASE_URL"),
        ("STORAGE_BACKEND", "s3", "S3_BUCKET"),
        ("SECRET_KEY", "short", "SECRET_KEY"),
        ("SHARED_PAGE_STATE", "1", "REDIS_URL"),
    ],
)
def test_values_that_do_not_fit_together_are_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, named: str
):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=named):
        load_settings()


def test_wrong_range_in_a_list_is_named(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TRUSTED_PROXIES", "127.0.0.1, 172.16.0.0/33")
    with pytest.raises(
        SettingsError, match=r"^TRUSTED_PROXIES: .*such as 10\.0\.0\.0/8.*“172\.16\.0\.0/33”"
    ):
        load_settings()


def test_proxies_on_this_machine_are_trusted_unless_others_are_named(
    monkeypatch: pytest.MonkeyPatch,
):
    assert [str(network) for network in load_settings().trusted_proxies] == [
        "127.0.0.0/8",
        "::1/128",
    ]
    monkeypatch.setenv("TRUSTED_PROXIES", "172.16.0.0/12, fd00::7")
    assert [str(network) for network in load_settings().trusted_proxies] == [
        "172.16.0.0/12",
        "fd00::7/128",
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1GiB", 1024**3),
        ("500 MB", 500_000_000),
        ("2g", 2_000_000_000),
        ("1024", 1024),
        ("1.5k", 1500),
    ],
)
def test_sizes_take_units(monkeypatch: pytest.MonkeyPatch, text: str, expected: int):
    monkeypatch.setenv("MIN_FREE_BYTES", text)
    assert load_settings().min_free_bytes == expected


def test_secret_key_is_made_once_and_kept_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    first = load_settings().secret_keys
    assert load_settings().secret_keys == first
    assert len(first[0]) >= 32
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_processes_that_start_together_have_one_secret_key(tmp_path: Path):
    def start() -> str:
        return Settings(data_dir=tmp_path).secret_keys[0]

    for _ in range(20):
        with ThreadPoolExecutor(4) as pool:
            keys = {future.result() for future in [pool.submit(start) for _ in range(4)]}
        assert len(keys) == 1
        assert len(keys.pop()) > 40
        (tmp_path / "secret_key").unlink()


def test_empty_secret_key_file_gets_a_key(tmp_path: Path):
    # A full disk leaves an empty file.
    (tmp_path / "secret_key").touch(mode=0o600)
    assert len(Settings(data_dir=tmp_path).secret_keys[0]) > 40


def test_damaged_secret_key_is_refused(tmp_path: Path):
    (tmp_path / "secret_key").write_text("short")
    with pytest.raises(SettingsError, match="secret_key is damaged"):
        _ = Settings(data_dir=tmp_path).secret_keys


def test_several_secret_keys_are_read_in_order(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SECRET_KEY", "the new key 0123456789, the old key 0123456789")
    assert load_settings().secret_keys == ("the new key 0123456789", "the old key 0123456789")


SECRETS = {
    "SECRET_KEY": "a key of our own 0123, change-this-key-that-signs-links",
    "DATABASE_URL": "postgresql+psycopg://comics:change-this-database-password@postgres/comics",
    "REDIS_URL": "redis://:change%2Dthis-too@redis:6379/0",
    "S3_SECRET_KEY": "change-this-storage-secret",
}
IN_PARAMETERS = [
    ("DATABASE_URL", "postgresql+psycopg:///comics?host=postgres&password=change-this"),
    ("REDIS_URL", "redis://redis:6379/0?password=change-this"),
]


@pytest.mark.parametrize(("variable", "value"), [*SECRETS.items(), *IN_PARAMETERS])
@pytest.mark.parametrize(
    "address", ["https://comics.example", "http://192.168.1.7:3000", "http://localhost.example"]
)
def test_published_secret_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, address: str
):
    monkeypatch.setenv("BASE_URL", address)
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"^{variable} .*change-this") as refused:
        load_settings()
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        None,
        "http://localhost:3000",
        "https://localhost",
        "http://127.8.0.1:3000",
        "http://[::1]:3000",
    ],
)
def test_published_secrets_serve_this_machine(monkeypatch: pytest.MonkeyPatch, address: str | None):
    for variable, value in SECRETS.items():
        monkeypatch.setenv(variable, value)
    if address:
        monkeypatch.setenv("BASE_URL", address)
    assert load_settings().s3_secret_key == SECRETS["S3_SECRET_KEY"]


def test_own_secrets_serve_every_address(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BASE_URL", "https://comics.example")
    for variable, value in SECRETS.items():
        monkeypatch.setenv(
            variable, value.replace("change-this", "never-change-this").replace("change%2D", "own-")
        )
    assert load_settings().serves_https


@pytest.mark.parametrize(
    "program",
    [("-m", "comic_downloads.worker"), ("-c", "import rxconfig")],
    ids=["worker", "web"],
)
def test_start_with_a_wrong_value_ends_with_its_name_and_no_traceback(program: tuple[str, str]):
    done = subprocess.run(
        [sys.executable, *program],
        cwd=ROOT,
        env={**os.environ, "LEASE_SECONDS": "soon"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    first, second = done.stderr.splitlines()[-2:]
    assert first == "These settings cannot be used:"
    assert second.startswith("LEASE_SECONDS: ")
    assert "Traceback" not in done.stderr
