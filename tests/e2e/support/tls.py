"""Certificates for the tests, made with openssl."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.process import run

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")


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
        self.certificate = folder / "ca.crt"
        self._key = folder / "ca.key"
        marks = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
        self._request("SolaKube tests", self.certificate, self._key, marks)

    def issue(self, *names: str) -> Certificate:
        """A certificate for these DNS names."""
        made = Certificate(self._folder / f"{names[0]}.crt", self._folder / f"{names[0]}.key")
        marks = (
            "subjectAltName=" + ",".join(f"DNS:{name}" for name in names),
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            "extendedKeyUsage=serverAuth",
        )
        signer = ("-CA", str(self.certificate), "-CAkey", str(self._key))
        self._request(names[0], made.certificate, made.key, marks, *signer)
        return made

    @staticmethod
    def _request(name: str, certificate: Path, key: Path, marks: tuple[str, ...], *signer: str) -> None:
        extensions = [word for mark in marks for word in ("-addext", mark)]
        subject = ["-subj", f"/CN={name}", *extensions]
        run(["openssl", "req", "-x509", *_NEW_KEY, *signer, *subject, "-out", certificate, "-keyout", key])
