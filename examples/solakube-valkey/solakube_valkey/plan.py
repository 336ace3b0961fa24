"""What should exist: Kubernetes objects, and the same as a program on one machine. Pure: the core carries it out."""

from __future__ import annotations

import secrets

from solakube_core.plugin import (
    Access,
    Await,
    Backend,
    Configuration,
    File,
    Layout,
    Manifest,
    ObjectRef,
    Plan,
    Service,
    Settings,
    Site,
    StorageChoice,
    StorageRequest,
)

NAME, PORT, CONFIG = "valkey", 6379, "valkey.conf"
BACKEND = Backend(NAME, NAME, PORT, NAME, {"app": NAME}, PORT, scheme="redis", component=NAME)
SECRET = ObjectRef("v1", "Secret", NAME, NAME)
CLAIM = ObjectRef("v1", "PersistentVolumeClaim", NAME, NAME)
SERVICE = ObjectRef("v1", "Service", NAME, NAME)
DEPLOYMENT = ObjectRef("apps/v1", "Deployment", NAME, NAME)
IN_CONTAINER = Layout(data="/data", config="/etc/valkey")
"""Where its container has its files; on one machine they lie elsewhere."""


def configuration(settings: Settings) -> Configuration:
    """Return what the deployment needs, for the core to check before anything is made."""
    kinds = (("", "secrets"), ("", "services"), ("", "persistentvolumeclaims"), ("apps", "deployments"))
    access = [Access(verb, *kind, NAME) for kind in kinds for verb in ("get", "create", "patch")]
    request = StorageRequest(NAME, CLAIM, settings.require("VALKEY_PVC_SIZE"))
    return Configuration(tuple(access), storage=request, backend=BACKEND)


def plan(settings: Settings, storage: StorageChoice, site: Site) -> Plan:
    """Return all of it.

    Args:
        storage: the class and the size that were chosen for its volume.
        site: knows the password of before, and where the files are.
    """
    config = f"requirepass {password(site) or secrets.token_urlsafe(24)}\nappendonly yes\n"
    return Plan(
        NAME,
        objects=(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAME}},
            _object(SECRET, stringData={CONFIG: config}),
            _object(CLAIM, spec=_claim(storage)),
            _object(SERVICE, spec={"selector": dict(BACKEND.selector), "ports": [{"name": NAME, "port": PORT}]}),
            _object(DEPLOYMENT, spec=_deployment(settings.require("VALKEY_IMAGE"))),
        ),
        services=(_service(settings, site.layout(NAME, IN_CONTAINER), config),),
        backend=BACKEND,
        awaits=(Await(CLAIM, "bound"), Await(DEPLOYMENT, "rolled-out")),
        next_steps=("sk valkey password", "sk valkey call SET greeting hello"),
    )


def password(site: Site) -> str | None:
    """Return the password of the last deployment, which is kept; None where there was none."""
    config = site.secret(NAME, SECRET, CONFIG)
    return config.split()[1] if config else None


def _object(ref: ObjectRef, **fields: object) -> Manifest:
    metadata = {"name": ref.name, "namespace": ref.namespace}
    return {"apiVersion": ref.api_version, "kind": ref.kind, "metadata": metadata, **fields}


def _claim(storage: StorageChoice) -> Manifest:
    named = {"storageClassName": storage.storage_class} if storage.storage_class else {}
    return {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": storage.size}}, **named}


def _deployment(image: str) -> Manifest:
    container = {
        "name": NAME,
        "image": image,
        "command": ["valkey-server", f"{IN_CONTAINER.config}/{CONFIG}", "--dir", IN_CONTAINER.data],
        "ports": [{"name": NAME, "containerPort": PORT}],
        "readinessProbe": {"tcpSocket": {"port": PORT}, "periodSeconds": 2},
        "resources": {"requests": {"memory": "64Mi"}, "limits": {"memory": "256Mi"}},
        "volumeMounts": [
            {"name": "data", "mountPath": IN_CONTAINER.data},
            {"name": "config", "mountPath": IN_CONTAINER.config, "readOnly": True},
        ],
    }
    volumes = [
        {"name": "data", "persistentVolumeClaim": {"claimName": CLAIM.name}},
        {"name": "config", "secret": {"secretName": SECRET.name}},
    ]
    return {
        # The old pod gives the volume up before the new one starts.
        "strategy": {"type": "Recreate"},
        "selector": {"matchLabels": dict(BACKEND.selector)},
        "template": {
            "metadata": {"labels": dict(BACKEND.selector)},
            "spec": {"containers": [container], "volumes": volumes, "automountServiceAccountToken": False},
        },
    }


def _service(settings: Settings, layout: Layout, config: str) -> Service:
    """Return the same for one machine without a cluster."""
    port = settings.integer("VALKEY_PORT")
    return Service(
        NAME,
        binary=settings.get("VALKEY_BINARY") or "",
        candidates=("valkey-server", "redis-server"),
        image=settings.require("VALKEY_IMAGE"),
        arguments=(f"{layout.config}/{CONFIG}", "--dir", layout.data, "--port", str(port), "--bind", "127.0.0.1"),
        container_arguments=("--bind", "*"),
        environment={},
        files=(File(CONFIG, config, secret=True),),
        port=port,
        settings=("VALKEY_BINARY", "VALKEY_PORT", "VALKEY_DATA_DIR"),
    )
