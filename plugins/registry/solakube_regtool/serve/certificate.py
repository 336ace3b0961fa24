"""When a certificate ends. The standard library tells that of a peer's alone, so it is read from the file's bytes.

Source: RFC 5280, sections 4.1 and 4.1.2.5; the encoding is X.690's, of which this takes what is in every certificate.
"""

from __future__ import annotations

import datetime
import re
import ssl

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)
_VERSION = 0xA0
_FORMATS = {0x17: "%y%m%d%H%M%SZ", 0x18: "%Y%m%d%H%M%SZ"}
"""UTCTime and GeneralizedTime: the latter is for years from 2050 on."""


def not_after(pem: str) -> float:
    """Return when the first certificate of a file ends, in seconds since 1970: it is the server's own.

    Raises:
        ValueError: there is none, or it is damaged.
    """
    found = _PEM.search(pem)
    if not found:
        raise ValueError("there is no certificate in PEM")
    try:
        (_, certificate), *_ = _elements(ssl.PEM_cert_to_DER_cert(found[0]))
        (_, to_be_signed), *_ = _elements(certificate)
        fields = _elements(to_be_signed)
        # Before the validity come the serial number, the algorithm and the issuer, and first the version, if not 1.
        _, validity = fields[4 if fields[0][0] == _VERSION else 3]
        (_, _), (kind, moment) = _elements(validity)
        when = datetime.datetime.strptime(moment.decode("ascii"), _FORMATS[kind])
    except (IndexError, KeyError, ValueError) as error:
        raise ValueError(f"the certificate is damaged: {error!r}") from error
    if kind == 0x17 and when.year >= 2050:
        when = when.replace(year=when.year - 100)
    return when.replace(tzinfo=datetime.timezone.utc).timestamp()


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """Split a value into the elements that follow each other in it, each with its tag and its content."""
    found = []
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        if at + length > len(data):
            raise ValueError("it is cut off")
        found.append((tag, data[at : at + length]))
        at += length
    return found
