"""Exposure by an Ingress (networking.k8s.io/v1)."""

from __future__ import annotations

from collections.abc import Mapping

from solakube_core.plugin import Backend, Manifest, Problem, Settings, Site

NAME = "docker-registry"
_DEFAULT_CLASS = "ingressclass.kubernetes.io/is-default-class"

# An image layer is one request of any size that may take long. By IngressClass.spec.controller. HAProxy passes bodies
# on as they come; its time-out for clients can't be set for one Ingress, and counts idle time alone.
_ANNOTATIONS: Mapping[str, Mapping[str, str]] = {
    "k8s.io/ingress-nginx": {
        "nginx.ingress.kubernetes.io/proxy-body-size": "0",
        "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
        "nginx.ingress.kubernetes.io/proxy-buffering": "off",
        "nginx.ingress.kubernetes.io/proxy-read-timeout": "900",
        "nginx.ingress.kubernetes.io/proxy-send-timeout": "900",
    },
    "nginx.org/ingress-controller": {
        "nginx.org/client-max-body-size": "0",
        "nginx.org/proxy-buffering": "False",
        "nginx.org/proxy-read-timeout": "900s",
        "nginx.org/proxy-send-timeout": "900s",
    },
    "haproxy.org/ingress-controller": {
        "haproxy.org/timeout-server": "900s",
    },
    "haproxy-ingress.github.io/controller": {
        "haproxy-ingress.github.io/proxy-body-size": "unlimited",
        "haproxy-ingress.github.io/timeout-server": "900s",
    },
}

_TRAEFIK = "traefik.io/ingress-controller"


def ingress_class(settings: Settings, site: Site) -> tuple[Manifest | None, Problem | None]:
    """Return the ingress class to use, or why there is none."""
    classes = {item["metadata"]["name"]: item for item in site.list("networking.k8s.io/v1", "IngressClass")}
    wanted = settings.get("REGISTRY_INGRESS_CLASS")
    there = ", ".join(sorted(classes)) or "none"
    if wanted:
        problem = Problem(
            f"there is no ingress class {wanted}",
            f"the cluster has: {there}",
            "set REGISTRY_INGRESS_CLASS to one of them, or install that controller",
        )
        return classes.get(wanted), None if wanted in classes else problem
    if len(classes) == 1:
        return next(iter(classes.values())), None
    defaults = [item for item in classes.values() if _is_default(item)]
    if len(defaults) == 1:
        return defaults[0], None
    if not classes:
        return None, Problem(
            "there is no ingress controller",
            "the cluster has no IngressClass",
            "install one (Traefik, ingress-nginx), or choose another REGISTRY_EXPOSE",
        )
    return None, Problem(
        "there are several ingress controllers and no single default",
        f"ingress classes: {there}",
        "set REGISTRY_INGRESS_CLASS to one of them",
    )


def _is_default(ingress_class: Manifest) -> bool:
    return (ingress_class["metadata"].get("annotations") or {}).get(_DEFAULT_CLASS) == "true"


def ingress(fqn: str, tls_secret: str, chosen: Manifest, backend: Backend, app: str) -> Manifest:
    """Return the Ingress.

    Args:
        fqn: the public name.
        tls_secret: the certificate; "" to serve without TLS.
        chosen: the IngressClass.
        backend: the Service to lead to.
        app: value of REGISTRY_APP_NAME, for the original's label.
    """
    controller = chosen["spec"].get("controller", "")
    service = {"name": backend.service, "port": {"number": backend.port}}
    spec: dict[str, object] = {
        "ingressClassName": chosen["metadata"]["name"],
        "rules": [
            {
                "host": fqn,
                "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": service}}]},
            }
        ],
    }
    if tls_secret:
        spec["tls"] = [{"hosts": [fqn], "secretName": tls_secret}]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": NAME,
            "namespace": backend.namespace,
            "labels": {"app": "docker-registry", "instance": app},
            "annotations": _annotations(controller, bool(tls_secret)),
        },
        "spec": spec,
    }


def _annotations(controller: str, tls: bool) -> dict[str, str]:
    annotations = dict(_ANNOTATIONS.get(controller, {}))
    if controller == _TRAEFIK:
        # Traefik neither limits nor buffers bodies; it only has to be told to serve the name by TLS alone.
        annotations["traefik.ingress.kubernetes.io/router.entrypoints"] = "websecure" if tls else "web"
        if tls:
            annotations["traefik.ingress.kubernetes.io/router.tls"] = "true"
    return annotations
