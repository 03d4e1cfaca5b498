"""compose.yaml and Dockerfile name only settings, commands, files and addresses that exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from comic_downloads.settings import Settings
from comic_downloads.web.api.routes.health import router

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker")
DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text()


REQUIRED = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "S3_SECRET_KEY", "SECRET_KEY"}
OWN_SECRET = "0123456789abcdef0123456789abcdef"


def with_defaults(value: str) -> str:
    """Return the value when only the secrets are set."""
    value = re.sub(r"\$\{\w+:\?[^}]*\}", OWN_SECRET, value)
    return re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)


def settings_of(service: str) -> dict[str, str]:
    return {
        name: with_defaults(str(value)) for name, value in SERVICES[service]["environment"].items()
    }


@pytest.mark.parametrize("service", OURS)
def test_variables_are_settings_and_their_defaults_fit(service: str):
    variables = settings_of(service)
    assert {name.lower() for name in variables} <= set(Settings.model_fields)

    settings = Settings.model_validate({name.lower(): value for name, value in variables.items()})

    assert settings.worker_mode == "external"
    assert not settings.uses_sqlite
    assert urlsplit(settings.redis_url).hostname in SERVICES
    assert urlsplit(settings.database_url).hostname in SERVICES


def test_web_and_worker_have_the_same_settings():
    assert settings_of("web").items() - settings_of("worker").items() == {("WORKER", "external")}


def test_variables_of_the_dockerfile_are_settings():
    ours = {"DATA_DIR", "LIBRARY_DIR"}
    assert ours == set(re.findall(r"^\s+([A-Z_]+_DIR)=", DOCKERFILE, re.MULTILINE))
    assert {name.lower() for name in ours} <= set(Settings.model_fields)


def test_secrets_are_required_and_have_no_default():
    text = (ROOT / "compose.yaml").read_text()
    assert set(re.findall(r"\$\{(\w*(?:PASSWORD|SECRET)\w*)", text)) == REQUIRED
    assert set(re.findall(r"\$\{(\w+):\?", text)) == REQUIRED
    assert not re.findall(r"\$\{\w*(?:PASSWORD|SECRET)\w*:-", text)
    (names,) = re.findall(r"^for name in (.*?); do", DEPLOYMENT, re.MULTILINE)
    assert set(names.split()) == REQUIRED


@pytest.mark.parametrize("service", OURS)
def test_generated_secrets_serve_a_public_address(service: str):
    variables = {name.lower(): value for name, value in settings_of(service).items()}
    variables["base_url"] = "https://comics.example"
    settings = Settings.model_validate(variables)
    assert settings.serves_https
    assert settings.secret_keys == (OWN_SECRET,)
    assert urlsplit(settings.redis_url).password == OWN_SECRET


def test_redis_asks_for_the_password_that_its_clients_have():
    redis = SERVICES["redis"]
    password = redis["command"][redis["command"].index("--requirepass") + 1]
    assert password == redis["environment"]["REDISCLI_AUTH"]
    assert urlsplit(settings_of("web")["REDIS_URL"]).password == with_defaults(password)


def test_only_the_web_is_published_beyond_this_machine():
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["3000:3000"], "storage": ["127.0.0.1:9000:9000"]}


def test_commands_are_those_of_the_docs():
    web = re.search(r"^CMD \[(.*)\]$", DOCKERFILE, re.MULTILINE)
    assert web is not None
    assert web[1].replace('"', "").replace(",", "") in DEPLOYMENT
    python, flag, module = SERVICES["worker"]["command"]
    assert (python, flag) == ("python", "-m")
    assert importlib.util.find_spec(module) is not None


def test_health_checks_ask_what_there_is():
    assert all("healthcheck" in service for name, service in SERVICES.items() if name != "bucket")
    address = re.search(r"http://localhost:\d+(/[^']*)", SERVICES["web"]["healthcheck"]["test"][-1])
    assert address is not None
    assert address[1] in {getattr(route, "path", "") for route in router.routes}
    assert SERVICES["worker"]["healthcheck"]["test"] == [
        "CMD",
        *SERVICES["worker"]["command"],
        "--check",
    ]


def test_named_volumes_and_ports_agree():
    used = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if "-data:" in volume
    }
    assert used == set(COMPOSE["volumes"])
    assert f"EXPOSE {SERVICES['web']['ports'][0].split(':')[1]}" in DOCKERFILE
    assert all(
        volume.endswith(":ro")
        for name in OURS
        for volume in SERVICES[name]["volumes"]
        if "/library" in volume
    )


def test_no_volume_is_left_behind_when_its_container_goes():
    assert "\nVOLUME" not in DOCKERFILE
    assert all(
        ":" in volume for service in SERVICES.values() for volume in service.get("volumes", [])
    )


def test_comics_beside_the_file_stay_out_of_the_image_and_the_repository():
    (mount,) = {
        with_defaults(volume)
        for name in OURS
        for volume in SERVICES[name]["volumes"]
        if "/library" in volume
    }
    assert mount == "./library:/library:ro"
    assert "library" in (ROOT / ".dockerignore").read_text().split()
    assert "/library/" in (ROOT / ".gitignore").read_text().split()


def test_images_are_pinned_by_version_and_digest():
    images = [
        service["image"] for service in SERVICES.values() if service["image"] != "comic-downloads"
    ]
    images += re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    assert images
    pinned = r":(RELEASE\.)?\d+[.-]\d+\S*@sha256:[0-9a-f]{64}"
    assert all(re.search(pinned, image) for image in images)


def test_files_of_the_dockerfile_are_there_and_not_ignored():
    copied = re.findall(r"^COPY (?!--from)(.*) \./?$", DOCKERFILE, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name in " ".join(copied).split():
        assert (ROOT / name).exists()
        assert name not in ignored
    for needed in (
        "comic_downloads",
        "assets",
        "alembic",
        "alembic.ini",
        "rxconfig.py",
        "reflex.lock",
    ):
        assert needed not in ignored
