"""What registries and the proxies in front of them write into headers."""

from __future__ import annotations

import pytest
from solakube_regtool.registry_api.headers import Challenge, challenges, next_page


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('</v2/_catalog?last=b&n=2>; rel="next"', "/v2/_catalog?last=b&n=2"),
        ("<https://r.io/v2/a/tags/list?last=1,2>; rel=next", "https://r.io/v2/a/tags/list?last=1,2"),
        ('</first>; rel="first", </second>; title="x"; rel="prev next"', "/second"),
        ('</first>; rel="next"; title="a", </second>; rel="last"', "/first"),
        ('</v2/_catalog>; rel="nextish"', None),
        ('</v2/_catalog>; title="next"', None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_the_next_page(header: str, target: str | None) -> None:
    assert next_page(header) == target


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ('Basic realm="Registry Realm"', [Challenge("basic", {"realm": "Registry Realm"})]),
        (
            'Bearer realm="https://a.io/token",service="r.io",scope="repository:a/b:pull,push"',
            [
                Challenge(
                    "bearer", {"realm": "https://a.io/token", "service": "r.io", "scope": "repository:a/b:pull,push"}
                )
            ],
        ),
        (
            'Negotiate, Bearer realm=x , service = "y", BASIC realm="a \\"b\\", c"',
            [
                Challenge("negotiate", {}),
                Challenge("bearer", {"realm": "x", "service": "y"}),
                Challenge("basic", {"realm": 'a "b", c'}),
            ],
        ),
        ('Basic realm="never ends', [Challenge("basic", {})]),
        ("", []),
        ("= nothing", []),
    ],
)
def test_the_ways_to_log_in(header: str, found: list[Challenge]) -> None:
    assert challenges(header) == found
