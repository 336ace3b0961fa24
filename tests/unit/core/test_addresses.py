"""How a host and a port become an address."""

from __future__ import annotations

import pytest

from solakube_core.model import Address, node_host


@pytest.mark.parametrize(
    ("scheme", "host", "port", "url"),
    [
        ("http", "fd00:10:96::1234", 5000, "http://[fd00:10:96::1234]:5000"),
        ("https", "2001:db8::1", 443, "https://[2001:db8::1]"),
        ("http", "10.0.0.1", 5000, "http://10.0.0.1:5000"),
        ("https", "registry.example.com", 443, "https://registry.example.com"),
        ("http", "registry.example.com", 443, "http://registry.example.com:443"),
    ],
)
def test_ipv6_has_brackets_and_a_standard_port_is_left_out(scheme: str, host: str, port: int, url: str) -> None:
    address = Address.of(scheme, host, port)
    assert address.url == url
    assert f"{scheme}://{address.host}" == url


def test_nodes_are_reached_at_an_outer_address_if_any_has_one() -> None:
    inner = {"status": {"addresses": [{"type": "InternalIP", "address": "10.0.0.1"}]}}
    outer = {"status": {"addresses": [{"type": "ExternalIP", "address": "2001:db8::1"}]}}
    assert node_host([{}, inner, outer]) == "2001:db8::1"
    assert node_host([inner]) == "10.0.0.1"
    assert node_host([{"status": {}}]) == ""
