"""A certificate and key in files of the user's, which the registry serves with."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from solakube_core.plugin import Problem, Settings
from solakube_registry.exposure.self_signed import Pair, matches, secret
from solakube_registry.exposure.tls_secret import SECRET, Tls
from solakube_registry.naming import Names

VARIABLES = ("REGISTRY_TLS_CERTIFICATE", "REGISTRY_TLS_KEY")


def own_files(settings: Settings, names: Names, host: str) -> Tls:
    """Return the certificate of REGISTRY_TLS_CERTIFICATE, with the key of REGISTRY_TLS_KEY.

    Args:
        host: the name that it has to cover, "" for any.
    """
    explanation = f"the certificate of {settings.get(VARIABLES[0])}"
    texts = [_text(settings, variable) for variable in VARIABLES]
    if problems := tuple(text for text in texts if isinstance(text, Problem)):
        return Tls(SECRET, explanation, problems=problems)
    pair = Pair(*map(str, texts))
    if problems := tuple(_unfit(settings, pair, host)):
        return Tls(SECRET, explanation, problems=problems)
    return Tls(SECRET, explanation, (secret(names, SECRET, pair),))


def _text(settings: Settings, variable: str) -> str | Problem:
    value = settings.get(variable)
    if not value:
        other = next(name for name in VARIABLES if name != variable)
        return Problem(f"{variable} is not set", f"{other} goes with it", f"set {variable} to the path of the PEM file")
    try:
        return Path(value).expanduser().read_text(encoding="ascii")
    except (OSError, RuntimeError) as error:
        return Problem(f"{variable}={value} cannot be read", str(error), "correct it, or the file's permissions")
    except ValueError:
        return Problem(f"{variable}={value} is no PEM file", "it is not plain text", "convert it: openssl x509, pkey")


def _unfit(settings: Settings, pair: Pair, host: str) -> Iterator[Problem]:
    files = tuple(f"{variable}={settings.get(variable)}" for variable in VARIABLES)
    try:
        certificate = x509.load_pem_x509_certificates(pair.certificate.encode())[0]
    except ValueError as error:
        yield Problem(f"{files[0]} holds no certificate", str(error), "it begins with -----BEGIN CERTIFICATE-----")
        return
    try:
        serialization.load_pem_private_key(pair.key.encode(), password=None)
    except (ValueError, TypeError) as error:
        yield Problem(f"{files[1]} holds no key that can be used", str(error), "a PEM file without a password")
        return
    if not matches(certificate, pair.key):
        yield Problem(
            f"{files[1]} is not the key of the certificate", f"in {files[0]}", "name the two that belong together"
        )
    if certificate.not_valid_after_utc < datetime.datetime.now(datetime.UTC):
        yield Problem(f"{files[0]} is over", f"since {certificate.not_valid_after_utc:%Y-%m-%d}", "renew it")
    covered = _names(certificate)
    if host and not {host, f"*.{host.partition('.')[2]}"} & covered:
        yield Problem(
            f"{files[0]} is not for {host}",
            f"it is for {', '.join(sorted(covered)) or 'no name'}",
            "correct REGISTRY_FQN",
        )


def _names(certificate: x509.Certificate) -> set[str]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    return {name.lower() for name in found.get_values_for_type(x509.DNSName)}
