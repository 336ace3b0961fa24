"""A registry's API through the proxy that the environment names: a real one, with TLS to the registry inside."""

from __future__ import annotations

from solakube_registry.maintenance import by_api

from tests.unit.regtool.test_api_proxy import Server, proxy

__all__ = ["proxy"]


def test_the_program_gets_the_proxy_of_whoever_runs_sk(proxy: Server) -> None:
    list(by_api.start("http://registry.example.com", ("list",), "", "", ""))
    assert proxy.seen[0][0].startswith("http://registry.example.com/v2/")
