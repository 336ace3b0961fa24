"""Which certificate authority the registry's users must trust, where it is not a public one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solakube_core.plugin import ObjectRef, SolakubeError, rfc3339
from solakube_registry.exposure.tls import tls_mode
from solakube_registry.exposure.tls_secret import SECRET
from solakube_registry.naming import COMPONENT, Names

if TYPE_CHECKING:
    from solakube_core.plugin import Settings, Site


def authority(settings: Settings, site: Site) -> str:
    """Return the authority's certificate as PEM.

    The registry's own authority has a secret of its own; other private ones stand in the TLS secret's key ca.crt,
    where cert-manager and most tools put them.

    Raises:
        SolakubeError: none is known.
    """
    names, mode = Names.of(settings), tls_mode(settings)
    if mode == "self-signed":
        from solakube_registry.exposure.self_signed import authority_of

        if own := authority_of(names, site):
            return own
        raise SolakubeError(
            "the registry's own certificate authority is not there yet",
            "it is made by the first deployment with REGISTRY_TLS=self-signed",
            "sk deploy registry",
        )
    if mode == "files":
        raise SolakubeError(
            "the authority of the registry's certificate is not known here",
            "REGISTRY_TLS_CERTIFICATE is yours; certificates of public authorities need nothing",
            "if it is a private authority, take its certificate from whoever runs it",
        )
    if mode == "none":
        raise SolakubeError("there is no certificate authority to trust", "the registry is served without TLS")
    name = _secret_name(settings, mode)
    secret = ObjectRef("v1", "Secret", name, names.namespace)
    if found := site.secret(COMPONENT, secret, "ca.crt"):
        return found
    if site.get(secret) is None:
        raise SolakubeError(
            "the authority of the registry's certificate is not known here",
            f"there is no TLS secret {names.namespace}/{name}",
            "`sk status registry` tells what keeps the registry from having its certificate",
        )
    raise SolakubeError(
        "the authority of the registry's certificate is not known here",
        f"the TLS secret {names.namespace}/{name} has no ca.crt; certificates of public authorities need none",
        "if it is a private authority, take its certificate from whoever runs it",
    )


def described(pem: str) -> dict[str, str]:
    """Return a certificate and what tells it from others; of several the first.

    Raises:
        SolakubeError: it is no certificate.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        found = x509.load_pem_x509_certificate(pem.encode())
    except ValueError as error:
        raise SolakubeError("the certificate of the authority cannot be read", str(error)) from error
    return {
        "subject": found.subject.rfc4514_string(),
        "sha256": found.fingerprint(SHA256()).hex(),
        "not_after": str(rfc3339(found.not_valid_after_utc.timestamp())),
        "certificate": pem,
    }


def _secret_name(settings: Settings, mode: str) -> str:
    if mode == "secret":
        return settings.require("REGISTRY_TLS_SECRET_NAME")
    return settings.require("CLUSTER_CERT_SECRET_NAME") if mode == "wildcard" else SECRET
