"""The bucket that a registry has its images in, by settings and chart-values.yaml."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from solakube_regtool.s3.address import Address, Keys, is_bucket_name

from solakube_core.plugin import ObjectRef, Problem, Settings, Site
from solakube_registry.distribution.relied_on import at
from solakube_registry.naming import COMPONENT, Names
from solakube_registry.object_storage.redirect import Redirect, redirect
from solakube_registry.object_storage.variables import AUTO
from solakube_registry.object_storage.wanted import is_wanted

ACCESS_KEY, SECRET_KEY = "s3AccessKey", "s3SecretKey"
"""The keys of the Secret, as the docker-registry Helm chart has them."""

AUTHORITY_FILE = "s3.pem"
"""The authority's certificates, beside the registry's configuration."""


@dataclass(frozen=True)
class Bucket:
    """Where the images are.

    Attributes:
        address: of the bucket.
        keys: for it; None where a Secret has them, or the registry's machine or service account is enough.
        secret_name: a Secret that has them; "" for none.
        redirect: whether clients are sent to the endpoint.
        encrypt: the server is asked to encrypt each object.
    """

    address: Address
    keys: Keys | None
    secret_name: str
    redirect: Redirect
    encrypt: bool

    @property
    def has_keys(self) -> bool:
        """Whether there are keys, rather than a machine or a service account that is let in."""
        return self.keys is not None or bool(self.secret_name)

    def driver(self) -> dict[str, Any]:
        """Return the options of distribution's storage driver s3, but for the keys.

        Source: https://distribution.github.io/distribution/storage-drivers/s3/
        """
        address = self.address
        options: dict[str, Any] = {
            "region": address.region,
            "bucket": address.bucket,
            "forcepathstyle": address.path_style,
            "encrypt": self.encrypt,
            "secure": urlsplit(address.server).scheme == "https",
        }
        if address.endpoint:
            options["regionendpoint"] = address.endpoint
        if address.prefix:
            options["rootdirectory"] = f"/{address.prefix}"
        return options

    def keys_at(self, names: Names, site: Site) -> Keys | None:
        """Return the keys, also those of a Secret that is there; None where there are none to be had."""
        if not self.secret_name:
            return self.keys
        ref = ObjectRef("v1", "Secret", self.secret_name, names.namespace)
        access, secret = (site.secret(COMPONENT, ref, key) for key in (ACCESS_KEY, SECRET_KEY))
        return Keys(access, secret) if access and secret else None


def fingerprint(keys: Keys | None, http_secret: str) -> str:
    """Return what changes with the keys, and tells nothing of them to who does not know the other secret."""
    told = f"{keys.access}\0{keys.secret}" if keys else ""
    return hmac.new(http_secret.encode(), told.encode(), hashlib.sha256).hexdigest()


def bucket_of(settings: Settings, values: Mapping[str, Any]) -> tuple[Bucket | None, list[Problem]]:
    """Return the bucket, and all that is wrong with what is said of it. What the values have goes before the settings.

    Args:
        values: the merged chart-values.yaml.
    """
    if not is_wanted(settings, values):
        return None, []
    said = _Said(settings, values)
    endpoint = said.endpoint()
    authority, unreadable = _authority(settings.get("REGISTRY_S3_AUTHORITY") or "")
    path_style = said.path_style(bool(endpoint))
    address = Address(
        bucket=said.text("REGISTRY_S3_BUCKET", "bucket"),
        endpoint=endpoint,
        region=said.text("REGISTRY_S3_REGION", "region"),
        prefix=said.text("REGISTRY_S3_PREFIX", "rootdirectory").strip("/"),
        path_style=path_style,
        authority=authority,
    )
    access, secret, name = said.keys()
    keys = Keys(access, secret) if access and secret and not name else None
    sent = redirect(settings.get("REGISTRY_S3_REDIRECT") or AUTO, address)
    made = Bucket(address, keys, name, sent, bool(at(values, ("s3", "encrypt"))))
    return made, [*unreadable, *_address_problems(address), *_key_problems(access, secret, name)]


class _Said:
    """What settings and values say."""

    def __init__(self, settings: Settings, values: Mapping[str, Any]) -> None:
        self._settings = settings
        self._values = values

    def text(self, variable: str, *path: str) -> str:
        value = at(self._values, ("s3", *path))
        return str(value if value not in (None, "") else self._settings.get(variable) or "").strip()

    def endpoint(self) -> str:
        """Return the URL; the chart's own names a host alone, and may say that it speaks no TLS."""
        given = self.text("REGISTRY_S3_ENDPOINT", "regionEndpoint").rstrip("/")
        if given and "://" not in given:
            given = f"{'http' if at(self._values, ('s3', 'secure')) is False else 'https'}://{given}"
        return given

    def path_style(self, has_endpoint: bool) -> bool:
        value = at(self._values, ("s3", "forcepathstyle"))
        if value is not None:
            return bool(value)
        if self._settings.get("REGISTRY_S3_PATH_STYLE") is None:
            return has_endpoint
        return self._settings.boolean("REGISTRY_S3_PATH_STYLE")

    def keys(self) -> tuple[str, str, str]:
        """Return access key, secret key, and the name of the Secret that has both."""
        in_values = at(self._values, ("secrets", "s3")) or {}
        found = [
            str(in_values.get(key) or self._settings.get(variable) or "")
            for key, variable in (
                ("accessKey", "REGISTRY_S3_ACCESS_KEY"),
                ("secretKey", "REGISTRY_S3_SECRET_KEY"),
                ("secretRef", "REGISTRY_S3_SECRET_NAME"),
            )
        ]
        return found[0], found[1], found[2]


def _authority(file: str) -> tuple[str, list[Problem]]:
    """Return the text of the authority's certificates."""
    if not file:
        return "", []
    remedy = "name a PEM file with the certificate of the endpoint's authority"
    try:
        text = Path(file).expanduser().read_text(encoding="ascii")
        Address("unused", authority=text).trust()
    except (OSError, ValueError, RuntimeError) as error:
        return "", [Problem(f"REGISTRY_S3_AUTHORITY={file} cannot be used", str(error), remedy)]
    return text, []


def _address_problems(address: Address) -> Iterator[Problem]:
    if not address.bucket:
        yield Problem("REGISTRY_S3_BUCKET is not set", "REGISTRY_STORAGE=s3 keeps the images in a bucket", "set it")
    elif not is_bucket_name(address.bucket):
        why = "a bucket's name has 3 to 63 small letters, digits, dots and dashes"
        yield Problem(f"REGISTRY_S3_BUCKET={address.bucket} is no bucket's name", why, "correct it")
    if not address.region:
        yield Problem("REGISTRY_S3_REGION is empty", "requests are signed for a region", "leave it out, or set it")
    parts = urlsplit(address.server)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        why = "it is an http or https URL of a server, without a path or a login"
        shown = address.endpoint.rpartition("@")[2]
        yield Problem(f"REGISTRY_S3_ENDPOINT={shown} cannot be used", why, "write it as https://HOST[:PORT]")


def _key_problems(access: str, secret: str, name: str) -> Iterator[Problem]:
    if name and (access or secret):
        what = f"the keys are named twice: in the Secret {name} and by REGISTRY_S3_ACCESS_KEY or REGISTRY_S3_SECRET_KEY"
        yield Problem(what, "", "leave one of them out")
    elif bool(access) != bool(secret):
        missing = "REGISTRY_S3_SECRET_KEY" if access else "REGISTRY_S3_ACCESS_KEY"
        yield Problem(f"{missing} is not set", "an access key and its secret key go together", "set it")
