"""A certificate authority of the registry's own, for development. Made once, kept across deployments."""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from solakube_core.plugin import DATA_ANNOTATION, Adoptable, Manifest, ObjectRef, Site
from solakube_registry.exposure.tls_secret import CERTIFICATE_NAME, SECRET, SERVE_WITH_IT, Tls, others_secret
from solakube_registry.naming import COMPONENT, Names

CA_SECRET = "registry-ca"
_CA_DAYS, _SERVER_DAYS, _RENEW_DAYS = 3650, 397, 30


@dataclass(frozen=True)
class Pair:
    """A certificate and its private key, as PEM."""

    certificate: str
    key: str = field(repr=False)


def self_signed(names: Names, site: Site, hosts: tuple[str, ...]) -> Tls:
    """Return the authority and the certificate it signed, both kept while they hold.

    Args:
        hosts: names and IP addresses that the certificate has to cover, the main one first.

    The server's certificate is made anew when its name changed or its end is near; the authority, which
    users have been told to trust, only when it is not there.
    """
    explanation = "a certificate of the registry's own authority; `sk registry ca` prints what to trust"
    problems = others_secret(site, names, SECRET, SERVE_WITH_IT)
    problems += others_secret(site, names, CA_SECRET, "give it another name")
    if problems:
        return Tls(SECRET, explanation, problems=problems)
    authority = _kept(site, names, CA_SECRET) or _make_authority()
    server = _kept(site, names, SECRET)
    if server is None or not _holds(server, authority, hosts):
        server = _make_server(authority, hosts)
    # People have told their machines to trust the authority: it lives as long as the images do.
    objects = (secret(names, CA_SECRET, authority, {DATA_ANNOTATION: "true"}), secret(names, SECRET, server))
    adopts = (Adoptable(annotations={CERTIFICATE_NAME: SECRET}),)
    return Tls(SECRET, explanation, objects, ca=authority.certificate, adopts=adopts)


def authority_of(names: Names, site: Site) -> str:
    """Return the PEM of the authority, "" where there is none."""
    pair = _kept(site, names, CA_SECRET)
    return pair.certificate if pair else ""


def _kept(site: Site, names: Names, name: str) -> Pair | None:
    ref = ObjectRef("v1", "Secret", name, names.namespace)
    certificate, key = (site.secret(COMPONENT, ref, part) for part in ("tls.crt", "tls.key"))
    return Pair(certificate, key) if certificate and key else None


def secret(names: Names, name: str, pair: Pair, annotations: Mapping[str, str] | None = None) -> Manifest:
    """Return the TLS secret that holds a pair."""
    metadata = {"name": name, "namespace": names.namespace, "labels": dict(names.selector)}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {**metadata, "annotations": dict(annotations)} if annotations else metadata,
        "type": "kubernetes.io/tls",
        "stringData": {"tls.crt": pair.certificate, "tls.key": pair.key},
    }


def _holds(server: Pair, authority: Pair, hosts: tuple[str, ...]) -> bool:
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    try:
        certificate = x509.load_pem_x509_certificate(server.certificate.encode())
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        # All authorities made here have the same name, so only the signature tells them apart.
        certificate.verify_directly_issued_by(issuer)
        fits = matches(certificate, server.key)
    except (ValueError, InvalidSignature, x509.ExtensionNotFound):
        return False
    soon = _now() + datetime.timedelta(days=_RENEW_DAYS)
    return fits and set(map(_general_name, hosts)) <= set(names) and certificate.not_valid_after_utc > soon


def matches(certificate: x509.Certificate, key: str) -> bool:
    """Tell whether a PEM of a private key belongs to a certificate."""
    loaded = serialization.load_pem_private_key(key.encode(), password=None)
    return loaded.public_key() == certificate.public_key()


def _make_authority() -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SolaKube registry")])
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = _builder(name, name, key.public_key(), _CA_DAYS)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(usage, critical=True)
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = builder.add_extension(own, critical=False)
    return Pair(_pem(builder.sign(key, hashes.SHA256())), _pem_key(key))


def _make_server(authority: Pair, hosts: tuple[str, ...]) -> Pair:
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    issuer_key = serialization.load_pem_private_key(authority.key.encode(), password=None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)  # as _make_authority makes them
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])])
    builder = _builder(name, issuer.subject, key.public_key(), _SERVER_DAYS)
    builder = builder.add_extension(x509.SubjectAlternativeName(map(_general_name, hosts)), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    # Python 3.13 and later refuse a certificate that does not name its issuer's key (RFC 5280, 4.2.1.1).
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    builder = builder.add_extension(signer, critical=False)
    return Pair(_pem(builder.sign(issuer_key, hashes.SHA256())), _pem_key(key))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    # An hour back, for clocks that are late.
    start = _now() - datetime.timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=days))
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _pem_key(key: ec.EllipticCurvePrivateKey) -> str:
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()
