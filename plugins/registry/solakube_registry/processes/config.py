"""The registry's own configuration file, as plain data.

Source of the keys: https://distribution.github.io/distribution/about/configuration/
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from solakube_core.plugin import Layout, overlaid
from solakube_registry.distribution.drivers import FILES, S3, storage_driver
from solakube_registry.distribution.relied_on import laid_over
from solakube_registry.object_storage.bucket import Bucket
from solakube_registry.users.credentials import READER_HTPASSWD

REALM = "Registry Realm"

SECRETS = r'(?i)("[^"]*(?:secret|password|key|token)[^"]*": )"(?:[^"\\]|\\.)*"'
"""Finds the secrets in the configuration's text, each after its key: of uploads, object storages, proxies."""


def registry_config(
    layout: Layout,
    address: str,
    debug_address: str,
    read_only: bool,
    http_secret: str = "",
    extra: Mapping[str, Any] | None = None,
    tls: Mapping[str, str] | None = None,
    relative: bool = False,
    bucket: Bucket | None = None,
    logins: str = "",
) -> dict[str, Any]:
    """Return the configuration.

    There is no in-memory cache of blob descriptors: after a garbage collection it would go on to claim that
    a removed layer exists, and a push would leave it out.

    Args:
        layout: where data and configuration are.
        address: host:port to listen on, or the path of a socket.
        debug_address: host:port for metrics and health.
        read_only: refuse pushes and deletes, as for an offline garbage collection.
        http_secret: signs upload states; "" where it comes in by the environment.
        extra: laid over the result, key by key; a None removes a key. A storage driver there replaces ours. What is
            relied on stays as it is.
        tls: paths of the files to serve HTTPS with, by `certificate` and `key`; None for plain HTTP.
        relative: redirect without naming a host, for what is behind a web server that has another address.
        bucket: where the images are, instead of the data folder; its keys are not in the result.
        logins: the folder of the password file; "" for that of the configuration.
    """
    http: dict[str, Any] = {
        **({"net": "unix"} if address.startswith("/") else {}),
        "addr": address,
        "headers": {"X-Content-Type-Options": ["nosniff"]},
        # Time for running pushes and pulls to end when the registry is told to stop.
        "draintimeout": "60s",
        "debug": {"addr": debug_address, "prometheus": {"enabled": True, "path": "/metrics"}},
    }
    if tls:
        http["tls"] = {"minimumtls": "tls1.2", **tls}
    if relative:
        http["relativeurls"] = True
    if http_secret:
        http["secret"] = http_secret
    config: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "info", "fields": {"service": "registry"}},
        "storage": {
            "filesystem": {"rootdirectory": layout.data},
            "delete": {"enabled": True},
            "maintenance": {
                "uploadpurging": {"enabled": True, "age": "168h", "interval": "24h", "dryrun": False},
                "readonly": {"enabled": read_only},
            },
        },
        "http": http,
        "auth": {"htpasswd": {"realm": REALM, "path": f"{logins or layout.config}/htpasswd"}},
        "health": {"storagedriver": {"enabled": True, "interval": "10s", "threshold": 3}},
    }
    if bucket:
        config = overlaid(config, _in_bucket(bucket))
    elif storage_driver(extra or {}) != FILES:
        # There must be exactly one driver.
        del config["storage"][FILES]
    return laid_over(config, extra or {})


def reader_config(
    layout: Layout,
    address: str,
    debug_address: str,
    extra: Mapping[str, Any] | None = None,
    bucket: Bucket | None = None,
    logins: str = "",
) -> dict[str, Any]:
    """Return the configuration of a second process on the same data, which serves pulls and nothing else.

    It knows all users, and could change nothing even if it was asked to.

    Args:
        layout, address, debug_address, extra, bucket, logins: as for `registry_config`.
    """
    config = registry_config(layout, address, debug_address, read_only=True, extra=extra, bucket=bucket, logins=logins)
    config["storage"]["delete"] = {"enabled": False}
    # Abandoned uploads are the other process's, which takes them.
    config["storage"]["maintenance"]["uploadpurging"] = {"enabled": False}
    config["auth"]["htpasswd"]["path"] = f"{logins or layout.config}/{READER_HTPASSWD}"
    return config


def _in_bucket(bucket: Bucket) -> dict[str, Any]:
    """Return what differs where the images are in a bucket.

    The registry would ask the bucket whether it is there every ten seconds, at 260,000 requests a month. A push or a
    pull that fails tells the same.
    """
    storage = {FILES: None, S3: bucket.driver(), "redirect": {"disable": not bucket.redirect.on}}
    return {"storage": storage, "health": {"storagedriver": {"enabled": False, "interval": None, "threshold": None}}}


def as_text(config: Mapping[str, Any]) -> str:
    """Write the configuration as JSON, which every YAML reader takes: no value can break its syntax."""
    return json.dumps(config, indent=2) + "\n"
