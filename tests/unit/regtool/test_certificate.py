"""The end of a certificate is what the library says that everybody uses, and what is none has no end."""

from __future__ import annotations

import base64
import contextlib
import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from solakube_regtool.serve.certificate import not_after
from solakube_regtool.serve.metrics import certificate

KEY = ec.generate_private_key(ec.SECP256R1())
UTC = datetime.UTC


def issued(end: datetime.datetime, name: str = "registry.example.com") -> bytes:
    """Return a certificate as PEM."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(KEY.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(datetime.datetime(1960, 1, 1)).not_valid_after(end.replace(tzinfo=None))
    # Long names make lengths of two bytes.
    names = [x509.DNSName(f"{index}.{name}") for index in range(20)]
    builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@pytest.mark.parametrize("year", [1961, 1999, 2026, 2049, 2050, 2100, 9999])
def test_its_end_is_read(year: int) -> None:
    end = datetime.datetime(year, 12, 31, 23, 59, 58, tzinfo=UTC)
    pem = issued(end)
    assert not_after(pem.decode()) == x509.load_pem_x509_certificate(pem).not_valid_after_utc.timestamp()
    assert not_after(pem.decode()) == end.timestamp()


def test_of_a_chain_the_first_counts_whatever_stands_before_it() -> None:
    first, second = datetime.datetime(2030, 1, 1, tzinfo=UTC), datetime.datetime(2040, 1, 1, tzinfo=UTC)
    pem = b"subject=/CN=registry\n" + issued(first) + issued(second, "authority")
    assert not_after(pem.decode()) == first.timestamp()


def test_what_is_damaged_has_no_end(tmp_path: Path) -> None:
    whole = issued(datetime.datetime(2030, 1, 1, tzinfo=UTC)).decode()
    lines = whole.splitlines()
    file = tmp_path / "tls.crt"
    broken = ["", "hello", lines[0], "\n".join([*lines[:3], lines[-1]]), f"{lines[0]}\nMAA=\n{lines[-1]}"]
    for text in broken:
        with pytest.raises(ValueError, match="certificate"):
            not_after(text)
        file.write_text(text)
        assert certificate(str(file)) == ""
    file.write_bytes(b"\xff\xfe")
    assert certificate(str(file)) == ""
    assert certificate(str(tmp_path / "none")) == certificate("") == ""


def test_no_byte_that_is_wrong_is_more_than_a_damage() -> None:
    lines = issued(datetime.datetime(2030, 1, 1, tzinfo=UTC)).decode().splitlines()
    data = base64.b64decode("".join(lines[1:-1]))
    for at in range(len(data)):
        wrong = data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]
        with contextlib.suppress(ValueError):
            not_after("\n".join([lines[0], base64.b64encode(wrong).decode(), lines[-1]]))


def test_it_is_told_with_the_other_metrics(tmp_path: Path) -> None:
    (tmp_path / "tls.crt").write_bytes(issued(datetime.datetime(2030, 1, 1, tzinfo=UTC)))
    *_, sample = certificate(str(tmp_path / "tls.crt")).splitlines()
    assert sample == "solakube_certificate_not_after_seconds 1893456000.0"
