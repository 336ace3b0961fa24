"""The registry on a machine without Kubernetes: the same program with the same configuration."""

from __future__ import annotations

from solakube_core.model import File, Layout, Service
from solakube_core.settings import Settings
from solakube_registry.config import as_text, registry_config
from solakube_registry.credentials import Credentials
from solakube_registry.naming import COMPONENT


def registry_service(settings: Settings, layout: Layout, credentials: Credentials) -> Service:
    """Describe the registry process. It listens on this machine alone, metrics on the next port."""
    port = settings.integer("REGISTRY_PORT")
    config = registry_config(
        layout,
        address=f"127.0.0.1:{port}",
        debug_address=f"127.0.0.1:{port + 1}",
        read_only=settings.boolean("REGISTRY_READ_ONLY"),
        http_secret=credentials.http_secret,
    )
    return Service(
        name=COMPONENT,
        binary=settings.get("REGISTRY_BINARY") or "",
        candidates=("registry", "docker-registry"),
        image=settings.require("REGISTRY_IMAGE"),
        arguments=("serve", f"{layout.config}/config.yml"),
        environment={"OTEL_TRACES_EXPORTER": "none"},
        files=(
            File("config.yml", as_text(config), secret=True),
            File("htpasswd", credentials.htpasswd, secret=True, reread=True),
            # Kept beside the configuration that uses it, where the next deployment finds it again.
            File("haSharedSecret", credentials.http_secret, secret=True),
        ),
        port=port,
        settings=("REGISTRY_BINARY", "REGISTRY_PORT", "REGISTRY_DATA_DIR"),
        more_ports=(port + 1,),
        container_environment={"REGISTRY_HTTP_ADDR": f":{port}", "REGISTRY_HTTP_DEBUG_ADDR": f":{port + 1}"},
    )
