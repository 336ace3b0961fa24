"""Building a program of another module: what its go.mod says that ours must repeat."""

from __future__ import annotations

import pytest

from tests.e2e.testbed.golang import parse_go_version, replacements

GO_MOD = """module k8s.io/kubernetes

go 1.24.0

require github.com/some/thing v1.0.0

replace (
\tk8s.io/api => ./staging/src/k8s.io/api
\tgithub.com/gorilla/mux => github.com/containous/mux v0.0.0-2025
)

replace example.com/pinned v1.2.3 => example.com/fork v1.2.4 // why

replace example.com/own => ./own
"""


def test_replacements_are_repeated_and_staging_modules_become_releases() -> None:
    assert replacements(GO_MOD, "v0.34.4") == [
        "replace k8s.io/api => k8s.io/api v0.34.4",
        "replace github.com/gorilla/mux => github.com/containous/mux v0.0.0-2025",
        "replace example.com/pinned => example.com/fork v1.2.4 // why",
    ]


@pytest.mark.parametrize(
    ("text", "version"),
    [("go version go1.26.8 linux/amd64", (1, 26)), ("go version go1.27rc1 linux/arm64", (1, 27)), ("gccgo", (0, 0))],
)
def test_the_version_is_read(text: str, version: tuple[int, int]) -> None:
    assert parse_go_version(text) == version
