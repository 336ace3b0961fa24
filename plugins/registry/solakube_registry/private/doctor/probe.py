"""Tells how a registry is reached from where it runs; a pod on a node's network gets this very file.

Usage: `python3 -c SOURCE URL BLOB`, where BLOB is the path of something to download. It writes what it found as JSON to
the file REPORT (the container's last word), and nothing else anywhere. The login lies in the file LOGIN, as docker has
it, and goes to that registry alone, never over a connection whose certificate is not trusted. Standard library of
Python 3.9 and later.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import ssl
import sys
import time
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

PATIENCE = 30.0
"""Seconds for which a connection may say nothing, and that a download may take."""

_PIECE = 256 * 1024
_TRIES = 3
_REDIRECTS = 3
_WORDS = 500


def look(url: str, blob: str, authorization: str, authority: str) -> dict[str, Any]:
    """Return what can be told: addresses, first_byte (seconds), bytes and seconds of a download, and *_error where not.

    Args:
        url: the registry's address.
        blob: the path of something to download.
        authorization: the header of that name.
        authority: PEM of an authority to trust besides the system's; "" for none.
    """
    parts = urlsplit(url)
    told: dict[str, Any] = {}
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
        told["addresses"] = sorted({str(entry[4][0]) for entry in found})
    except OSError as error:
        return {"name_error": _words(error)}
    try:
        told["first_byte"] = min(_first_byte(url) for _ in range(_TRIES))
    except (OSError, http.client.HTTPException) as error:
        return {**told, "first_byte_error": _words(error)}
    try:
        told["bytes"], told["seconds"] = _download(urljoin(url, blob), authorization, _trusting(authority))
    except (OSError, http.client.HTTPException) as error:
        told["speed_error"] = _words(error)
    return told


def _first_byte(url: str) -> float:
    """Return the seconds from nothing, name and TLS included, until the answer to a question without a login begins."""
    began = time.monotonic()
    # Whom the node's container runtime trusts is asked of that; here nothing is told to whoever answers.
    connection = _connection(url, _trusting_anybody())
    try:
        connection.request("GET", "/v2/")
        status = connection.getresponse().status
        took = time.monotonic() - began
    finally:
        connection.close()
    if status not in (200, 401):
        raise OSError(f"it answered {status} to GET /v2/, where a registry answers 401")
    return took


def _download(url: str, authorization: str, trust: ssl.SSLContext, redirects: int = _REDIRECTS) -> tuple[int, float]:
    """Return how many bytes came in how many seconds; a long download is broken off."""
    connection = _connection(url, trust)
    try:
        began = time.monotonic()
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Authorization": authorization} if authorization else {})
        answer = connection.getresponse()
        if answer.status in (302, 303, 307, 308) and redirects:
            there = urljoin(url, answer.getheader("Location", ""))
            same = urlsplit(there)[:2] == parts[:2]
            return _download(there, authorization if same else "", trust, redirects - 1)
        if answer.status != 200:
            raise OSError(f"it answered {answer.status} to a download")
        count = 0
        while time.monotonic() - began < PATIENCE:
            piece = answer.read(_PIECE)
            if not piece:
                break
            count += len(piece)
        return count, time.monotonic() - began
    finally:
        connection.close()


def _connection(url: str, trust: ssl.SSLContext) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https":
        return http.client.HTTPSConnection(host, parts.port, timeout=PATIENCE, context=trust)
    return http.client.HTTPConnection(host, parts.port, timeout=PATIENCE)


def _trusting_anybody() -> ssl.SSLContext:
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    return trust


def _trusting(authority: str) -> ssl.SSLContext:
    trust = ssl.create_default_context()
    if authority:
        trust.load_verify_locations(cadata=authority)
    return trust


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:_WORDS]


def login_of(file: str, host: str) -> str:
    """Return the header Authorization that a file of docker's has for a registry."""
    return f"Basic {json.loads(Path(file).read_text())['auths'][host]['auth']}"


def main(url: str, blob: str) -> None:
    """Look, and leave word of it."""
    authorization = login_of(os.environ["LOGIN"], urlsplit(url).netloc)
    report = look(url, blob, authorization, os.environ.get("AUTHORITY", ""))
    Path(os.environ["REPORT"]).write_text(json.dumps(report))


if __name__ == "__main__":
    main(*sys.argv[1:])
