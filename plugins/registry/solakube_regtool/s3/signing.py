"""Signing requests to S3: AWS Signature Version 4.

Source: Amazon S3 API reference, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from solakube_regtool.s3.address import Keys

_ALGORITHM = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def query(parameters: Mapping[str, str]) -> str:
    """Write a query as it is signed: sorted, everything encoded but letters, digits and -._~"""
    encoded = sorted((quote(name, safe="-._~"), quote(value, safe="-._~")) for name, value in parameters.items())
    return "&".join(f"{name}={value}" for name, value in encoded)


def path(key: str) -> str:
    """Write a key as the path of a URL, encoded as it is signed."""
    return quote(key, safe="/-._~")


def signed(
    keys: Keys | None, region: str, method: str, url: str, headers: Mapping[str, str], body: bytes, now: float
) -> dict[str, str]:
    """Return a request's headers with those that say who asks, and prove it.

    Args:
        keys: None to ask as anybody.
        region: of the bucket.
        method: in capitals.
        url: with path and query as `path` and `query` write them.
        headers: all that are to be signed.
        body: all of it.
        now: seconds since 1970.
    """
    parts = urlsplit(url)
    default = parts.port in (None, _DEFAULT_PORTS[parts.scheme])
    host = parts.netloc.rpartition(":")[0] if default and parts.port else parts.netloc
    if keys is None:
        return {**headers, "Host": host}
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    content = hashlib.sha256(body).hexdigest()
    sent = {**headers, "Host": host, "X-Amz-Content-Sha256": content, "X-Amz-Date": moment}
    lower = {name.lower(): " ".join(value.split()) for name, value in sent.items()}
    names = ";".join(sorted(lower))
    lines = "".join(f"{name}:{lower[name]}\n" for name in sorted(lower))
    request = "\n".join((method, parts.path or "/", parts.query, lines, names, content))
    scope = f"{moment[:8]}/{region}/s3/aws4_request"
    text = "\n".join((_ALGORITHM, moment, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{keys.secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    by = f"{_ALGORITHM} Credential={keys.access}/{scope},SignedHeaders={names},Signature={signature}"
    return {**sent, "Authorization": by}
