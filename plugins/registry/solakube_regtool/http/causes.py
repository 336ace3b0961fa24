"""Why a server could not be asked, and what to do about it, in words."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from collections.abc import Iterator


def cause(error: Exception) -> str:
    """Say why a server could not be asked, in words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = f"its certificate is not trusted here: {error.verify_message}"
        return "; ".join([why, *_useless_authorities()])
    if isinstance(error, socket.gaierror):
        return "its name does not resolve on this machine"
    return str(error) or type(error).__name__


def _useless_authorities() -> Iterator[str]:
    """Tell what the environment names of authorities and nobody can use: TLS libraries pass over it in silence."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    try:
        if file:
            ssl.create_default_context(cafile=file)
    except OSError as error:
        yield f"SSL_CERT_FILE={file}: {'no certificate in PEM' if isinstance(error, ssl.SSLError) else error.strerror}"
    if folder and not os.path.isdir(folder):
        yield f"SSL_CERT_DIR={folder}: no such folder"


def remedy(error: Exception, scheme: str) -> str:
    """Say what to do about it.

    Args:
        scheme: of the URL.
    """
    if isinstance(error, ssl.SSLCertVerificationError):
        return "name the file of its certificate authority in SSL_CERT_FILE"
    if isinstance(error, ssl.SSLError):
        return "does it speak HTTPS? for plain HTTP the URL begins with http://"
    if scheme == "http" and isinstance(error, (ConnectionResetError, http.client.BadStatusLine)):
        return "does it speak plain HTTP? for HTTPS the URL begins with https://"
    return "check the URL"
