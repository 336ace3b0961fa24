"""Which certificate the registry is served with: the original's rules, its bugs mended."""

from __future__ import annotations

from solakube_core.plugin import Adoptable, Await, Manifest, ObjectRef, Problem, Settings, Site
from solakube_registry.exposure.tls_secret import SECRET, SERVE_WITH_IT, Tls, certificate_ref, others_secret
from solakube_registry.naming import Names

REPLICATE_FROM = "replicator.v1.mittwald.de/replicate-from"
"""Annotation of kubernetes-replicator: it fills the secret from the one named."""

WILDCARD_NAMESPACE = "cert-manager"


def certificate(settings: Settings, names: Names, site: Site) -> Tls:
    """Choose the certificate by REGISTRY_TLS; `auto` follows the original's rules in their order."""
    match tls_mode(settings):
        case "none":
            return Tls("", "without TLS")
        case "secret":
            return _own_secret(settings, names, site)
        case "files":
            problem = Problem(
                "REGISTRY_TLS=files is for one machine",
                "in a cluster certificate and key are in a Secret",
                "bring a TLS secret (REGISTRY_TLS_SECRET_NAME), or choose another REGISTRY_TLS",
            )
            return Tls("", "files", problems=(problem,))
        case "wildcard":
            return _wildcard(settings, names, site)
        case "self-signed":
            from solakube_registry.exposure.self_signed import self_signed

            return self_signed(names, site, (settings.get("REGISTRY_FQN") or "",))
        case _:
            return _cert_manager(settings, names, site)


def tls_mode(settings: Settings) -> str:
    """Return REGISTRY_TLS, or what `auto` comes to: on one machine files or none, in a cluster any of the others."""
    mode = settings.require("REGISTRY_TLS")
    if mode != "auto":
        return mode
    if settings.cluster_type == "local":
        return "files" if settings.get("REGISTRY_TLS_CERTIFICATE") or settings.get("REGISTRY_TLS_KEY") else "none"
    if settings.get("REGISTRY_TLS_SECRET_NAME"):
        return "secret"
    if settings.cluster_type in ("minikube", "vagrant"):
        return "none"
    if settings.boolean("LETS_ENCRYPT_DEPLOY_WC_CERT") and _covered_by_wildcard(settings):
        return "wildcard"
    return "cert-manager"


def _covered_by_wildcard(settings: Settings) -> bool:
    """Whether *.CLUSTER_FQN covers REGISTRY_FQN: a wildcard stands for exactly one label (RFC 6125, 6.4.3)."""
    domain = settings.get("CLUSTER_FQN")
    _, _, parent = (settings.get("REGISTRY_FQN") or "").partition(".")
    return bool(domain) and parent == domain


def _own_secret(settings: Settings, names: Names, site: Site) -> Tls:
    name = settings.get("REGISTRY_TLS_SECRET_NAME")
    if not name:
        problem = Problem(
            "REGISTRY_TLS=secret needs REGISTRY_TLS_SECRET_NAME",
            "",
            "name a TLS secret in the registry's namespace",
        )
        return Tls("", "own secret", problems=(problem,))
    found = site.get(ObjectRef("v1", "Secret", name, names.namespace))
    unfit = _secret_problem(found, name, names.namespace)
    return Tls(name, f"own certificate {name}", problems=(unfit,) if unfit else ())


def _secret_problem(found: Manifest | None, name: str, namespace: str) -> Problem | None:
    if found is None:
        return Problem(
            f"there is no TLS secret {namespace}/{name}",
            "REGISTRY_TLS_SECRET_NAME names it, so it is yours to bring",
            f"kubectl create secret tls {name} --namespace {namespace} --cert=FILE --key=FILE",
        )
    missing = [key for key in ("tls.crt", "tls.key") if not (found.get("data") or {}).get(key)]
    if missing:
        return Problem(f"the TLS secret {namespace}/{name} lacks {' and '.join(missing)}", "", "put it in")
    return None


def _wildcard(settings: Settings, names: Names, site: Site) -> Tls:
    name = settings.require("CLUSTER_CERT_SECRET_NAME")
    ref = ObjectRef("v1", "Secret", name, names.namespace)
    origin = {REPLICATE_FROM: f"{WILDCARD_NAMESPACE}/{name}"}
    manifest: dict[str, object] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": name,
            "namespace": names.namespace,
            "labels": dict(names.selector),
            "annotations": origin,
        },
        "type": "kubernetes.io/tls",
    }
    source = site.get(ObjectRef("v1", "Secret", name, WILDCARD_NAMESPACE))
    problem = Problem(
        f"there is no wildcard certificate {WILDCARD_NAMESPACE}/{name}",
        "LETS_ENCRYPT_DEPLOY_WC_CERT=Y or REGISTRY_TLS=wildcard asks for it",
        "issue it with cert-manager, correct CLUSTER_CERT_SECRET_NAME, or choose another REGISTRY_TLS",
    )
    present = site.get(ref)
    if present is None or not any((present.get("data") or {}).values()):
        # The type demands the keys; once Replicator has filled them they are its own, and not ours to reset.
        manifest["data"] = {"tls.crt": "", "tls.key": ""}
    return Tls(
        name,
        f"the cluster's wildcard certificate {WILDCARD_NAMESPACE}/{name}, copied by Replicator",
        (manifest,),
        problems=() if source else (problem,),
        adopts=(Adoptable(annotations=origin),),
    )


def _cert_manager(settings: Settings, names: Names, site: Site) -> Tls:
    fqn, issuer = settings.get("REGISTRY_FQN") or "", settings.require("REGISTRY_CERT_ISSUER")
    ref = certificate_ref(names)
    # The common name is limited to 64 characters (X.520); clients have read dnsNames alone for long.
    common = {"commonName": fqn} if len(fqn) <= 64 else {}
    manifest = {
        "apiVersion": ref.api_version,
        "kind": ref.kind,
        "metadata": {"name": ref.name, "namespace": ref.namespace, "labels": dict(names.selector)},
        "spec": {
            "secretName": SECRET,
            **common,
            "dnsNames": [fqn],
            "issuerRef": {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": issuer},
        },
    }
    problem = _issuer_problem(issuer, site)
    return Tls(
        SECRET,
        f"a certificate by cert-manager's ClusterIssuer {issuer}",
        (manifest,),
        (Await(ref, "condition:Ready"),),
        problems=((problem,) if problem else ()) + others_secret(site, names, SECRET, SERVE_WITH_IT),
    )


def _issuer_problem(issuer: str, site: Site) -> Problem | None:
    issuers = [item["metadata"]["name"] for item in site.list("cert-manager.io/v1", "ClusterIssuer")]
    if issuer in issuers:
        return None
    if issuers:
        why = f"cert-manager has the ClusterIssuers {', '.join(sorted(issuers))}"
        return Problem(f"there is no ClusterIssuer {issuer}", why, "set REGISTRY_CERT_ISSUER to one of them")
    return Problem(
        "there is no certificate for the registry",
        "no REGISTRY_TLS_SECRET_NAME, no wildcard certificate, and cert-manager has no ClusterIssuer here",
        "bring a TLS secret (REGISTRY_TLS_SECRET_NAME), install cert-manager, or set REGISTRY_TLS=self-signed",
    )
