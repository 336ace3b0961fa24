"""The example with a component of its own, asked without a cluster."""

from __future__ import annotations

import base64
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from solakube_core.errors import SolakubeError
from solakube_core.lifecycle import Prepared
from solakube_core.model import Access, StorageClass, StorageOffer
from solakube_core.testing import Place, prepare, thing

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "solakube-valkey"
STORAGE = importlib.import_module("solakube_storage.plugin")
OFFER = StorageOffer((StorageClass("standard", "rancher.io/local-path", default=True),))
CONFIG = base64.b64encode(b"requirepass of-before\nappendonly yes\n").decode()
SECRET = thing("v1", "Secret", "valkey", "valkey", data={"valkey.conf": CONFIG})


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    yield importlib.import_module("solakube_valkey.plugin")
    for name in [name for name in sys.modules if name.startswith("solakube_valkey")]:
        del sys.modules[name]


def prepared(plugin: ModuleType, place: Place | None = None, **values: str) -> Prepared:
    return prepare("valkey", {"valkey": plugin, "storage": STORAGE}, place or Place(offer=OFFER), **values)


def test_it_goes_to_the_storage_class_that_is_negotiated(plugin: ModuleType) -> None:
    found = prepared(plugin, VALKEY_STORAGE_CLASS="missing,standard", VALKEY_PVC_SIZE="3Gi").plan
    (claim,) = (item for item in found.objects if item["kind"] == "PersistentVolumeClaim")
    assert claim["spec"]["storageClassName"] == "standard"
    assert claim["spec"]["resources"]["requests"]["storage"] == "3Gi"


def test_a_password_is_made_up_once_and_then_kept(plugin: ModuleType) -> None:
    first, second = (prepared(plugin).plan.services[0].files[0].content for _ in range(2))
    assert first != second
    kept = prepared(plugin, Place((SECRET,), offer=OFFER)).plan
    assert kept.services[0].files[0].content.startswith("requirepass of-before\n")
    assert kept == prepared(plugin, Place((SECRET,), offer=OFFER)).plan


def test_all_that_is_wrong_is_told_at_once(plugin: ModuleType) -> None:
    denied = Access("create", "apps", "deployments", "valkey")
    with pytest.raises(SolakubeError) as failure:
        prepared(plugin, Place(forbidden=(denied,)), VALKEY_PORT="many")
    told = [problem.what for problem in failure.value.problems]
    assert told[0].startswith("VALKEY_PORT: 'many' is not a whole number")
    assert told[1] == "you may not create deployments.apps in namespace valkey"
    assert told[2] == "no storage class for valkey"


def test_it_leaves_other_components_alone(plugin: ModuleType) -> None:
    with pytest.raises(SolakubeError, match="no installed plugin deploys 'registry'"):
        prepare("registry", {"valkey": plugin})


@pytest.mark.parametrize(
    ("answer", "shown"),
    [(b"+OK", "OK"), (b":3", "3"), (b"$5\r\nh\r\nlo", "h\r\nlo"), (b"$-1", "(nothing)"), (b"*2\r\n+a\r\n:1", "a\n1")],
)
def test_each_kind_of_answer_is_read(answer: bytes, shown: str, plugin: ModuleType, tmp_path: Path) -> None:
    command = importlib.import_module("solakube_valkey.command")
    file = tmp_path / "answer"
    file.write_bytes(answer + b"\r\n")
    with file.open("rb") as stream:
        assert command._read(stream) == shown


def test_the_guide_tells_of_every_file_as_it_is() -> None:
    guide = (ROOT / "docs" / "write-a-component.md").read_text(encoding="utf-8")
    shown = re.findall(r"```\w+\n# (\S+\.\w+)\n(.*?)```", guide, re.DOTALL)
    assert {name for name, _ in shown} == {
        "pyproject.toml",
        *(f"solakube_valkey/{x}.py" for x in ("plugin", "plan", "command")),
    }
    for name, text in shown:
        whole = _squeezed((EXAMPLE / name).read_text(encoding="utf-8"))
        for part in text.split("# ...\n"):
            assert _squeezed(part) in whole, f"{name} has not:\n{part}"


def _squeezed(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
