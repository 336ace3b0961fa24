"""Where a bucket is, and by which keys it is reached."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from solakube_regtool.errors import RegtoolError
from solakube_regtool.s3 import DEFAULT_REGION

if TYPE_CHECKING:
    import ssl

ACCESS_KEY, SECRET_KEY = "REGISTRY_S3_ACCESS_KEY", "REGISTRY_S3_SECRET_KEY"
"""The environment's variables with the keys."""

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
"""Source: Amazon S3 user guide, "General purpose bucket naming rules"."""


@dataclass(frozen=True)
class Keys:
    """An access key, which names who asks, and the secret key that proves it."""

    access: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Address:
    """A bucket, and where in it.

    Attributes:
        bucket: its name.
        endpoint: URL of the server, without a path; "" for Amazon's of the region.
        region: what requests are signed for.
        prefix: what all keys begin with, without slashes at its ends; "" for nothing.
        path_style: the bucket is named in the path and not in the host's name.
        authority: certificates of authorities, PEM, that are trusted besides the machine's own; "" for none.
    """

    bucket: str
    endpoint: str = ""
    region: str = DEFAULT_REGION
    prefix: str = ""
    path_style: bool = False
    authority: str = ""

    @property
    def server(self) -> str:
        """URL of the server."""
        return self.endpoint or f"https://s3.{self.region}.amazonaws.com"

    @property
    def host(self) -> str:
        """Name or IP address of the server."""
        return urlsplit(self.server).hostname or ""

    @property
    def url(self) -> str:
        """URL of the bucket itself, without a slash at its end."""
        if self.path_style:
            return f"{self.server}/{self.bucket}"
        parts = urlsplit(self.server)
        return f"{parts.scheme}://{self.bucket}.{parts.netloc}"

    def key(self, path: str) -> str:
        """Give the key of what has this path below the prefix."""
        return f"{self.prefix}/{path}" if self.prefix else path

    def trust(self) -> ssl.SSLContext:
        """Make what tells whose certificates are trusted."""
        # Most who name a bucket ask it nothing.
        import ssl

        context = ssl.create_default_context()
        if self.authority:
            context.load_verify_locations(cadata=self.authority)
        return context

    def written(self) -> str:
        """Write it down as text, without anything secret."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Address:
        """Read what `written` gave.

        Raises:
            RegtoolError: it is something else.
        """
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise RegtoolError("this is no address of a bucket", str(error)) from error

    def __str__(self) -> str:
        return f"bucket {self.bucket} at {self.server}" + (f", below {self.prefix}/" if self.prefix else "")


def keys_of_environment() -> Keys:
    """Return the keys that the environment has.

    Raises:
        RegtoolError: it has none.
    """
    try:
        return Keys(os.environ[ACCESS_KEY], os.environ[SECRET_KEY])
    except KeyError as error:
        raise RegtoolError("there are no keys for the bucket", f"{error.args[0]} is not set") from error


def is_bucket_name(name: str) -> bool:
    """Tell whether a bucket may have this name."""
    return _NAME.fullmatch(name) is not None and ".." not in name
