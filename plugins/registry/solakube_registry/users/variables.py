"""The settings of users."""

from __future__ import annotations

from solakube_core.plugin import Variable

PULL_USERS, PUSH_USERS = "REGISTRY_PULL_USERS", "REGISTRY_PUSH_USERS"
ANONYMOUS_PULL = "REGISTRY_ANONYMOUS_PULL"
PROXY_IMAGE, PROXY_BINARY = "REGISTRY_PROXY_IMAGE", "REGISTRY_PROXY_BINARY"

USER_VARIABLES = (
    Variable(PULL_USERS, None, "users who may pull and nothing else: ci, web", "list"),
    Variable(PUSH_USERS, None, "users who may push, delete and pull", "list"),
    Variable(
        "REGISTRY_<USER>_PASSWORD",
        None,
        "a user's password, such as REGISTRY_CI_PASSWORD; else one is made",
        "string",
        secret=True,
    ),
    Variable(ANONYMOUS_PULL, "N", "let everybody pull, without a login; pushes need one", "boolean"),
    Variable(PROXY_IMAGE, "haproxy:3.0-alpine", "image of the proxy in front, where somebody may only pull", "string"),
    Variable(PROXY_BINARY, None, "on one machine: the proxy's executable, HAProxy; else the one that is installed"),
)
