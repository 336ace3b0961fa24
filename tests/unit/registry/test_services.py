"""On one machine the configuration file is the same, and all of it may be seen but its secrets."""

from __future__ import annotations

import json
import re

from solakube_registry.processes.config import SECRETS
from solakube_registry.services import registry_services
from solakube_registry.services.registry import Registry
from solakube_registry.users.credentials import Credentials

from solakube_core.model import File, Layout
from tests.unit.exposure.places import settings

EXTRA = {
    "log": {"level": "debug"},
    "proxy": {"remoteurl": "https://example.com", "password": 'qu"oted'},
    "http": {"debug": {"prometheus": {"enabled": False}}},
    "storage": {"cache": {"blobdescriptor": "inmemory"}},
}


def config_file() -> File:
    registry = Registry(settings(), Layout("/data", "/config"), Credentials("admin:x\n", "signing"), EXTRA)
    (service,) = registry_services(registry)
    return next(file for file in service.files if file.name == "config.yml")


def test_config_data_holds_but_for_what_is_relied_on() -> None:
    config = json.loads(config_file().content)
    assert config["log"]["level"] == "debug"
    assert config["proxy"]["remoteurl"] == "https://example.com"
    assert config["http"]["debug"]["prometheus"]["enabled"] is True
    assert "cache" not in config["storage"]


def test_no_secret_of_it_is_shown() -> None:
    file = config_file()
    assert file.secret
    shown = re.sub(file.mask, r"\g<1>(secret)", file.content)
    assert "https://example.com" in shown
    for secret in ("signing", "qu", "oted"):
        assert secret not in shown
    for key in ("accesskey", "SecretKey", "token", "x-password-file"):
        assert re.sub(SECRETS, r"\g<1>-", f'"{key}": "value",') == f'"{key}": -,'
