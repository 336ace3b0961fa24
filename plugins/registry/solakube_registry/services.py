"""The registry on a machine without Kubernetes: the same programs with the same configuration."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from solakube_core.plugin import DATA_ANNOTATION, Exposure, File, Layout, Service, Settings
from solakube_registry import scaling
from solakube_registry.distribution.drivers import S3
from solakube_registry.exposure.machine import is_fronted
from solakube_registry.exposure.tls_secret import SECRET
from solakube_registry.maintenance.regtool import REGTOOL_PACKAGE, regtool_files
from solakube_registry.naming import COMPONENT
from solakube_registry.object_storage.bucket import AUTHORITY_FILE, Bucket
from solakube_registry.processes.config import SECRETS, as_text, registry_config
from solakube_registry.users import record
from solakube_registry.users.credentials import Credentials

_TOLD = r"github\.com/(?:docker|distribution)/distribution\S* (\S+)"


def registry_service(
    settings: Settings,
    layout: Layout,
    credentials: Credentials,
    extra: Mapping[str, Any],
    exposure: Exposure | None = None,
    bucket: Bucket | None = None,
) -> Service:
    """Describe the registry process. Its metrics are on the next port, for this machine alone.

    Args:
        settings: its port, program and mode.
        layout: its folders.
        credentials: the password's hash, and what signs the states of uploads.
        extra: configData of chart-values.yaml.
        exposure: its secrets are files here: what the registry serves HTTPS with.
        bucket: where the images are, None for the data folder.
    """
    port, listen = settings.integer("REGISTRY_PORT"), settings.require("REGISTRY_LISTEN")
    secrets = tuple(_secret_files(exposure))
    tls = {part: f"{layout.config}/{SECRET}.tls.{ending}" for part, ending in (("certificate", "crt"), ("key", "key"))}
    config = registry_config(
        layout,
        address=f"[{listen}]:{port}" if ":" in listen else f"{listen}:{port}",
        debug_address=f"127.0.0.1:{port + 1}",
        read_only=settings.boolean("REGISTRY_READ_ONLY"),
        http_secret=credentials.http_secret,
        extra=extra,
        tls=tls if secrets else None,
        relative=is_fronted(settings),
        bucket=bucket,
    )
    environment = {"OTEL_TRACES_EXPORTER": "none"}
    if bucket:
        config["storage"][S3].update(_keys(bucket))
        environment |= scaling.trusted_file(layout, bucket)
    return Service(
        name=COMPONENT,
        binary=settings.get("REGISTRY_BINARY") or "",
        candidates=("registry", "docker-registry"),
        image=settings.require("REGISTRY_IMAGE"),
        arguments=("serve", f"{layout.config}/config.yml"),
        environment=environment,
        files=(
            File("config.yml", as_text(config), secret=True, mask=SECRETS),
            File("htpasswd", credentials.htpasswd, secret=True, reread=True),
            # Kept beside the configuration that uses it, where the next deployment finds it again.
            File("haSharedSecret", credentials.http_secret, secret=True),
            *([File(record.KEY, credentials.users, secret=True, reread=True)] if credentials.users else []),
            *secrets,
            *_authority_files(bucket),
        ),
        port=port,
        listen=listen,
        tls=bool(secrets),
        settings=("REGISTRY_BINARY", "REGISTRY_PORT", "REGISTRY_DATA_DIR"),
        more_ports=(port + 1,),
        told=scaling.TOLD if bucket else _TOLD,
        needs=scaling.NEEDS if bucket else "",
        container_environment={"REGISTRY_HTTP_ADDR": f":{port}", "REGISTRY_HTTP_DEBUG_ADDR": f":{port + 1}"},
    )


def _keys(bucket: Bucket) -> dict[str, str]:
    return {"accesskey": bucket.keys.access, "secretkey": bucket.keys.secret} if bucket.keys else {}


def _authority_files(bucket: Bucket | None) -> Iterator[File]:
    if bucket and bucket.address.authority:
        yield File(AUTHORITY_FILE, bucket.address.authority)


def _secret_files(exposure: Exposure | None) -> Iterator[File]:
    for item in exposure.objects if exposure else ():
        if item["kind"] == "Secret":
            lasting = DATA_ANNOTATION in item["metadata"].get("annotations", {})
            for key, content in item["stringData"].items():
                yield File(f"{item['metadata']['name']}.{key}", content, secret=True, lasting=lasting)


def regtool_service(settings: Settings, layout: Layout, keeps_files: bool = True) -> Service:
    """Describe the maintenance program beside it, which serves its metrics on the port after the registry's own.

    Args:
        settings: the registry's port.
        layout: its folders.
        keeps_files: whether the images are in the data folder.
    """
    port = settings.integer("REGISTRY_PORT") + 2
    content = "\0".join(part for item in sorted(regtool_files().items()) for part in item)
    return Service(
        name="regtool",
        binary="",
        candidates=("python",),
        image="",
        arguments=(
            *("-m", REGTOOL_PACKAGE, "--data", layout.data, "serve", "--listen", f"127.0.0.1:{port}"),
            *("--metrics", f"http://127.0.0.1:{port - 1}"),
            *(() if keeps_files else ("--elsewhere",)),
        ),
        environment={},
        files=(),
        port=port,
        settings=("REGISTRY_PORT",),
        version=hashlib.sha256(content.encode()).hexdigest(),
    )
