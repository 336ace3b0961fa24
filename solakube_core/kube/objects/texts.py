"""Objects as text for people: YAML, differences, and Secrets without their content. Pure."""

from __future__ import annotations

import difflib
import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from solakube_core.model import Manifest
from solakube_core.urls import without_secrets

MASK = "(secret)"
CHANGED_MASK = "(secret, changed)"


def to_yaml(manifest: Manifest) -> str:
    """Write an object as YAML, several lines of text as a block."""
    stream = io.StringIO()
    writer = YAML()
    writer.width = 4096
    writer.dump(_blocks(json.loads(json.dumps(manifest))), stream)
    return stream.getvalue()


def masked(before: Manifest, after: Manifest) -> tuple[Manifest, Manifest]:
    """Return two states of an object with secret values replaced; that a value differs still shows."""
    if "Secret" not in (before.get("kind"), after.get("kind")):
        return before, after
    old, new = before.get("data") or {}, after.get("data") or {}
    shown = {key: MASK if key not in old or old[key] == new[key] else CHANGED_MASK for key in new}
    return _with_data(before, dict.fromkeys(old, MASK)), _with_data(after, shown)


def difference(before: Manifest, after: Manifest) -> tuple[str, ...]:
    """Return the unified difference of two states of an object; none where they are equal.

    Args:
        before: {} where there is no object yet.
    """
    old, new = masked(before, after)
    lines = difflib.unified_diff(_lines(old), _lines(new), "live", "wanted", lineterm="")
    return tuple(lines)


def render(manifests: Iterable[Manifest], show_secrets: bool) -> str:
    """Write objects down as a stream of YAML documents.

    Args:
        show_secrets: put secret values in; otherwise a comment names what is left out.
    """
    return "".join(f"---\n{_document(manifest, show_secrets)}" for manifest in manifests)


def _document(manifest: Manifest, show_secrets: bool) -> str:
    # A ConfigMap's texts are programs, which have to stay as they are; what is secret has no place there.
    if show_secrets or manifest["kind"] == "ConfigMap":
        return to_yaml(manifest)
    hidden = sorted({*(manifest.get("data") or {}), *(manifest.get("stringData") or {})})
    if manifest["kind"] != "Secret" or not hidden:
        open_part = _without_secrets(manifest)
        note = "" if open_part == manifest else "# Logins and queries of URLs are secret and left out.\n"
        return f"{note}{to_yaml(open_part)}"
    kept = {key: value for key, value in manifest.items() if key not in ("data", "stringData")}
    return f"# The values of {', '.join(hidden)} are secret and left out.\n{to_yaml(kept)}"


def _without_secrets(value: Any) -> Any:
    """Leave the secrets of URLs out, wherever they stand in an object."""
    if isinstance(value, Mapping):
        return {key: _without_secrets(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without_secrets(entry) for entry in value]
    return without_secrets(value) if isinstance(value, str) else value


def _with_data(manifest: Manifest, data: Mapping[str, str]) -> Manifest:
    return {**manifest, "data": data} if data else manifest


def _lines(manifest: Manifest) -> list[str]:
    """Write an object down with its keys sorted: the server has an order of its own."""
    return to_yaml(json.loads(json.dumps(manifest, sort_keys=True))).splitlines() if manifest else []


def _blocks(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _blocks(value[key]) for key in value}
    if isinstance(value, list):
        return [_blocks(entry) for entry in value]
    return LiteralScalarString(value) if isinstance(value, str) and "\n" in value else value
