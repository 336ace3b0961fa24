"""The processes of the registry: one, or where somebody may only pull one for pushes and one for pulls."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from solakube_core.plugin import File, Layout, Service, Settings
from solakube_registry import scaling
from solakube_registry.distribution.drivers import S3
from solakube_registry.exposure.machine import is_fronted
from solakube_registry.maintenance.regtool import METRICS, READER_METRICS
from solakube_registry.naming import COMPONENT, CONFIG, READER_CONFIG, READER_CONTAINER
from solakube_registry.object_storage.bucket import AUTHORITY_FILE, Bucket
from solakube_registry.processes.config import SECRETS, as_text, reader_config, registry_config
from solakube_registry.users.credentials import Credentials, password_files

WRITER_SOCKET, READER_SOCKET = "writer", "reader"
"""Their names in `Layout.run`."""

_TOLD = r"github\.com/(?:docker|distribution)/distribution\S* (\S+)"


@dataclass(frozen=True)
class Registry:
    """What its processes are made from.

    Attributes:
        settings: port, program and mode.
        layout: its folders.
        credentials: the hashes of passwords, and what signs the states of uploads.
        extra: configData of chart-values.yaml.
        bucket: where the images are, None for the data folder.
    """

    settings: Settings
    layout: Layout
    credentials: Credentials
    extra: Mapping[str, Any]
    bucket: Bucket | None = None

    def port(self, further: int = 0) -> int:
        """Return its port, or one of those after it."""
        return self.settings.integer("REGISTRY_PORT") + further

    def alone(self, tls: Mapping[str, str] | None, files: Iterable[File]) -> Service:
        """Describe the process where it is the only one: it listens itself.

        Args:
            tls: paths of the files to serve HTTPS with.
            files: these.
        """
        listen = self.settings.require("REGISTRY_LISTEN")
        address = f"[{listen}]:{self.port()}" if ":" in listen else f"{listen}:{self.port()}"
        made = self._writer(self._writer_config(address, tls=tls), self._files(files))
        listening = {"REGISTRY_HTTP_ADDR": f":{self.port()}", **made.container_environment}
        return replace(made, port=self.port(), listen=listen, tls=bool(tls), container_environment=listening)

    def writer(self) -> Service:
        """Describe the process that takes pushes, behind the proxy."""
        config = self._writer_config(f"{self.layout.run}/{WRITER_SOCKET}", logins=self.layout.run)
        return self._writer(config, self._files(copied=True))

    def reader(self) -> Service:
        """Describe the process that serves pulls, behind the proxy."""
        port = self.port(READER_METRICS)
        config = reader_config(
            self.layout,
            address=f"{self.layout.run}/{READER_SOCKET}",
            debug_address=f"127.0.0.1:{port}",
            extra=self.extra,
            bucket=self.bucket,
            logins=self.layout.run,
        )
        return self._service(READER_CONTAINER, READER_CONFIG, config, (), port)

    def _writer(self, config: dict[str, Any], files: Iterable[File]) -> Service:
        return self._service(COMPONENT, CONFIG, config, files, self.port(METRICS))

    def _writer_config(self, address: str, tls: Mapping[str, str] | None = None, logins: str = "") -> dict[str, Any]:
        return registry_config(
            self.layout,
            address=address,
            debug_address=f"127.0.0.1:{self.port(METRICS)}",
            read_only=self.settings.boolean("REGISTRY_READ_ONLY"),
            http_secret=self.credentials.http_secret,
            extra=self.extra,
            tls=tls,
            relative=is_fronted(self.settings),
            bucket=self.bucket,
            logins=logins,
        )

    def _service(
        self, name: str, config_name: str, config: dict[str, Any], files: Iterable[File], debug_port: int
    ) -> Service:
        environment = {"OTEL_TRACES_EXPORTER": "none"}
        if self.bucket:
            config["storage"][S3].update(_keys(self.bucket))
            environment |= scaling.trusted_file(self.layout, self.bucket)
        return Service(
            name=name,
            binary=self.settings.get("REGISTRY_BINARY") or "",
            candidates=("registry", "docker-registry"),
            image=self.settings.require("REGISTRY_IMAGE"),
            arguments=("serve", f"{self.layout.config}/{config_name}"),
            environment=environment,
            files=(File(config_name, as_text(config), secret=True, mask=SECRETS), *files),
            port=0,
            settings=("REGISTRY_BINARY", "REGISTRY_PORT", "REGISTRY_DATA_DIR"),
            more_ports=(debug_port,),
            told=scaling.TOLD if self.bucket else _TOLD,
            needs=scaling.NEEDS if self.bucket else "",
            container_environment={"REGISTRY_HTTP_DEBUG_ADDR": f":{debug_port}"},
        )

    def _files(self, tls: Iterable[File] = (), copied: bool = False) -> Iterator[File]:
        yield from password_files(self.credentials, copied)
        # Kept beside the configuration that uses it, where the next deployment finds it again.
        yield File("haSharedSecret", self.credentials.http_secret, secret=True)
        yield from tls
        if self.bucket and self.bucket.address.authority:
            yield File(AUTHORITY_FILE, self.bucket.address.authority)


def _keys(bucket: Bucket) -> dict[str, str]:
    return {"accesskey": bucket.keys.access, "secretkey": bucket.keys.secret} if bucket.keys else {}
