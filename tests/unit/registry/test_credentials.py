from __future__ import annotations

import bcrypt
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from solakube_registry.naming import Names
from solakube_registry.users.admin import password_problem
from solakube_registry.users.credentials import credentials

from solakube_core.model import Manifest, ObjectRef
from tests.unit.exposure.places import settings

NAMES = Names("registry")


class Site:
    """A place where an earlier deployment left these secrets."""

    def __init__(self, **left: str) -> None:
        self._left = left

    def get(self, ref: ObjectRef) -> Manifest | None:
        return None

    def secret(self, component: str, ref: ObjectRef, key: str) -> str | None:
        assert (component, ref) == ("registry", NAMES.secret)
        return self._left.get(key)


def made(password: str, **left: str) -> dict[str, str]:
    return credentials(settings(REGISTRY_ADMIN_PASSWORD=password), NAMES, Site(**left)).data()  # type: ignore[arg-type]


def test_the_same_password_keeps_hash_and_secret() -> None:
    first = made("correct horse")
    assert made("correct horse", **first) == first


def test_another_password_changes_the_hash_alone() -> None:
    first = made("correct horse")
    second = made("battery staple", **first)
    assert second["htpasswd"] != first["htpasswd"]
    assert second["haSharedSecret"] == first["haSharedSecret"]


@pytest.mark.parametrize(
    "left",
    ["", "admin:{SHA}abc\n", "other:$2b$08$x\n", "admin:\n", "a\nb\n"],
    ids=["none", "sha", "user", "empty", "odd"],
)
def test_a_file_that_does_not_hold_is_replaced(left: str) -> None:
    assert made("correct horse", htpasswd=left)["htpasswd"].startswith("admin:$2b$")


def test_a_second_user_in_an_adopted_file_goes() -> None:
    first = made("correct horse")
    two = first["htpasswd"] + "guest:$2b$08$abcdefghijklmnopqrstuv\n"
    assert "guest" not in made("correct horse", htpasswd=two)["htpasswd"]


@hypothesis.settings(max_examples=6, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=18))
def test_any_password_without_control_characters_is_taken(password: str) -> None:
    assert password_problem(password) is None
    digest = made(password)["htpasswd"].removeprefix("admin:").strip()
    assert bcrypt.checkpw(password.encode(), digest.encode())


@pytest.mark.parametrize("password", ["", "ä" * 37, "line\nbreak", "nul\0"])
def test_passwords_that_cannot_work_are_told_without_repeating_them(password: str) -> None:
    problem = password_problem(password)
    assert problem is not None
    assert not password or password not in str(problem)
