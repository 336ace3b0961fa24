"""The secret that the registry is served with, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from solakube_core.plugin import Adoptable, Await, Exposure, Manifest, ObjectRef, Problem, Site
from solakube_registry.naming import Names

SECRET = "registry-tls"
"""The one name of the secret that is made here, in every object that mentions it."""

CERTIFICATE_NAME = "cert-manager.io/certificate-name"
"""Annotation of cert-manager on the secrets that it fills: the Certificate that asks for it."""

SERVE_WITH_IT = f"set REGISTRY_TLS_SECRET_NAME={SECRET} to serve with it, or give it another name"


@dataclass(frozen=True)
class Tls:
    """A certificate.

    Attributes:
        secret: name of the TLS secret, "" to serve without TLS.
        explanation: where it comes from.
        objects: what to apply for it.
        awaits: what must become ready.
        ca: PEM of the authority to trust, "" for a public one.
        problems: why there can be no certificate.
        adopts: which objects of others it may take over.
    """

    secret: str
    explanation: str
    objects: tuple[Manifest, ...] = ()
    awaits: tuple[Await, ...] = ()
    ca: str = ""
    problems: tuple[Problem, ...] = ()
    adopts: tuple[Adoptable, ...] = ()


def certificate_ref(names: Names) -> ObjectRef:
    """Name the Certificate by which cert-manager fills the secret."""
    return ObjectRef("cert-manager.io/v1", "Certificate", SECRET, names.namespace)


def served_secret(exposure: Exposure | None) -> str:
    """Name the secret of the registry's namespace that clients are shown the certificate of; "" for none.

    It stands in the `tls` of an Ingress, or of what a plugin makes instead, such as an IngressRoute.
    """
    for item in exposure.objects if exposure else ():
        tls = item.get("spec", {}).get("tls")
        for entry in [tls] if isinstance(tls, Mapping) else tls or ():
            if isinstance(entry, Mapping) and entry.get("secretName"):
                return str(entry["secretName"])
    return ""


def others_secret(site: Site, names: Names, name: str, remedy: str) -> tuple[Problem, ...]:
    """Tell of a secret that is not the registry's: its private key cannot be had again once it is overwritten.

    Args:
        remedy: what its owner can do.
    """
    found = site.get(ObjectRef("v1", "Secret", name, names.namespace))
    if found is None or _is_ours(found, names) or _is_issued_for_us(found, names, site):
        return ()
    what = f"the secret {names.namespace}/{name} is not the registry's own"
    return (Problem(what, "its certificate and key would be replaced by others", remedy),)


def _is_ours(found: Manifest, names: Names) -> bool:
    return Adoptable(names.selector).covers(found)


def _is_issued_for_us(secret: Manifest, names: Names, site: Site) -> bool:
    if not Adoptable(annotations={CERTIFICATE_NAME: SECRET}).covers(secret):
        return False
    certificate = site.get(certificate_ref(names))
    return certificate is not None and _is_ours(certificate, names)
