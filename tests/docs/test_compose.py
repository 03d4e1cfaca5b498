"""compose.yaml and Dockerfile name only settings, commands, files and addresses that exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from pydantic import ValidationError

from comic_downloads.settings import Settings
from comic_downloads.web.api.routes.health import router

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("web", "worker")
DEPLOYMENT = (ROOT / "docs" / "deployment.md").read_text()


def with_defaults(value: str) -> str:
    """Return the value when none of the user's variables is set."""
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


def test_every_secret_has_a_default_that_asks_to_be_changed():
    secrets = re.findall(
        r"\$\{(\w*(?:PASSWORD|SECRET)\w*):-([^}]*)\}", (ROOT / "compose.yaml").read_text()
    )
    assert {name for name, _ in secrets} == {"POSTGRES_PASSWORD", "SECRET_KEY", "S3_SECRET_KEY"}
    assert all(default.startswith("change-this") for _, default in secrets)
    assert all(f"`{name}`" in DEPLOYMENT for name, _ in secrets)


@pytest.mark.parametrize("service", OURS)
def test_every_default_secret_is_refused_at_a_public_address(service: str):
    variables = {name.lower(): value for name, value in settings_of(service).items()}
    variables["base_url"] = "https://comics.example"
    for name in ("secret_key", "database_url", "s3_secret_key"):
        with pytest.raises(ValidationError, match=f"{name.upper()} .*change-this"):
            Settings.model_validate(variables)
        variables[name] = variables[name].replace("change-this", "our-own")
    assert Settings.model_validate(variables).serves_https


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


def test_images_are_pinned():
    images = [
        service["image"] for service in SERVICES.values() if service["image"] != "comic-downloads"
    ]
    images += re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    assert images
    assert all(re.search(r":(RELEASE\.)?\d+[.-]\d+", image) for image in images)


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
