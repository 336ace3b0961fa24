"""Certificates for the tests."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.e2e.testbed.cluster import Cluster

_LIFETIME = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Certificate:
    """A server's certificate and private key, as PEM files."""

    certificate: Path
    key: Path

    def store(self, cluster: Cluster, namespace: str, name: str) -> None:
        """Put it into a cluster as a Secret of type kubernetes.io/tls; the namespace is made if need be."""
        cluster.apply(f'{{"apiVersion": "v1", "kind": "Namespace", "metadata": {{"name": "{namespace}"}}}}')
        files = (f"--cert={self.certificate}", f"--key={self.key}")
        create = ("create", "secret", "tls", name, *files, "--dry-run=client", "-o", "json")
        cluster.apply(cluster.kubectl("-n", namespace, *create))


class Authority:
    """A certificate authority of the tests' own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("SolaKube tests")
        self.certificate = folder / "ca.crt"
        own = (
            x509.BasicConstraints(ca=True, path_length=None),
            _usage(key_cert_sign=True, crl_sign=True),
            x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()),
        )
        self.certificate.write_bytes(self._signed(self._name, self._key, critical=own[:2], others=own[2:]))

    def issue(self, *names: str) -> Certificate:
        """A certificate for these DNS names."""
        made = Certificate(self._folder / f"{names[0]}.crt", self._folder / f"{names[0]}.key")
        key = ec.generate_private_key(ec.SECP256R1())
        critical = (x509.BasicConstraints(ca=False, path_length=None), _usage(digital_signature=True))
        others = (
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
        )
        made.certificate.write_bytes(self._signed(_name(names[0]), key, critical, others))
        made.key.touch(0o600)
        made.key.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return made

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        critical: tuple[x509.ExtensionType, ...],
        others: tuple[x509.ExtensionType, ...],
    ) -> bytes:
        now = datetime.datetime.now(datetime.UTC)
        draft = (
            x509.CertificateBuilder(self._name, subject, key.public_key(), x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + _LIFETIME)
        )
        for extension in critical:
            draft = draft.add_extension(extension, critical=True)
        for extension in others:
            draft = draft.add_extension(extension, critical=False)
        return draft.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(**allowed: bool) -> x509.KeyUsage:
    kinds = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
        "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{kind: allowed.get(kind, False) for kind in kinds})
