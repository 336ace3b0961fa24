"""From YAML nodes to plain values, checked against a schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from solakube_core.errors import Problem
from solakube_core.values.parsing import line_of
from solakube_core.values.scalars import Scalar, plain, referred_value
from solakube_core.values.schema import Items, Schema, Texts
from solakube_core.values.substitution import is_reference, referred, replaced

_WORDS = {dict: "a map", list: "a list", bool: "true or false", int: "a whole number", float: "a number", str: "a text"}
_CORE_TAGS = "tag:yaml.org,2002:"
_MERGE = "<<"

_Below = Schema | Items | type
_Path = tuple[str, ...]
_Pair = tuple[str, Node, Node]


class Reader:
    """Reads one file's nodes.

    Attributes:
        problems: everything that is wrong with them, each with file and line. No value is repeated: it may be
            secret.
    """

    def __init__(self, file: Path, names: Mapping[str, str]) -> None:
        """Make a reader.

        Args:
            file: for the messages.
            names: what `${NAME}` stands for; an empty value counts as undefined.
        """
        self._file, self._names = file, names
        self._open: list[Node] = []
        self.problems: list[Problem] = []

    def value(self, node: Node, below: _Below, path: _Path = ()) -> Any:
        """Return a node's value; None where it is null or does not fit.

        Args:
            node: what stands there.
            below: what should stand there.
            path: the keys that lead there.
        """
        if node in self._open:
            self._tell(node, f"{_named(path)} holds itself", "an alias stands inside of what its anchor names")
            return None
        self._open.append(node)
        try:
            return self._scalar(node, below, path) if isinstance(node, ScalarNode) else self._inner(node, below, path)
        finally:
            self._open.pop()

    def _inner(self, node: Node, below: _Below, path: _Path) -> Any:
        if isinstance(node, MappingNode):
            if isinstance(below, Mapping):
                return {key: self._known(key, at, value, below, path) for key, at, value in self._pairs(node, path)}
            if below in (dict, object, Texts):
                inner = str if below is Texts else object
                return {key: self.value(value, inner, (*path, key)) for key, _, value in self._pairs(node, path)}
        elif isinstance(node, SequenceNode) and (below in (list, object) or isinstance(below, Items)):
            each: _Below = below.keys if isinstance(below, Items) else object
            return [self.value(item, each, (*path, str(at))) for at, item in enumerate(node.value)]
        self._misfit(node, dict if isinstance(node, MappingNode) else list, below, path)
        return None

    def _known(self, key: str, at: Node, value: Node, schema: Schema, path: _Path) -> Any:
        """Return the value below a key that must be one of the schema's."""
        if key in schema:
            return self.value(value, schema[key], (*path, key))
        near = get_close_matches(key, schema, 1)
        self._tell(
            at,
            f"unknown key {_named((*path, key))}" + (f"; did you mean {near[0]}?" if near else ""),
            "" if near else f"known here: {', '.join(sorted(schema))}",
        )
        return None

    def _pairs(self, node: MappingNode, path: _Path) -> Iterator[_Pair]:
        """Yield (key, key's node, value's node); keys that are merged in (`<<`) come after the map's own."""
        seen: dict[str, Node] = {}
        merged: list[Node] = []
        for at, value in node.value:
            if not isinstance(at, ScalarNode):
                self._tell(at, f"a key in {_named(path)} is no text", "")
            elif at.value == _MERGE and not at.style:
                merged += value.value if isinstance(value, SequenceNode) else [value]
            elif (key := self._text(at) or "") in seen:
                self._tell(at, f"{_named((*path, key))} is there twice", f"first in line {line_of(seen[key])}")
            else:
                seen[key] = at
                yield key, at, value
        for other in merged:
            yield from self._merged(other, seen, path)

    def _merged(self, node: Node, seen: dict[str, Node], path: _Path) -> Iterator[_Pair]:
        if not isinstance(node, MappingNode) or node in self._open:
            self._tell(node, f"{_named(path)} cannot be merged with this", "only another map can be merged in")
            return
        self._open.append(node)
        for key, at, value in self._pairs(node, path):
            if key not in seen:
                seen[key] = at
                yield key, at, value
        self._open.pop()

    def _scalar(self, node: ScalarNode, below: _Below, path: _Path) -> Any:
        if not str(node.tag).startswith(_CORE_TAGS):
            self._tell(node, f"{_named(path)} has the tag {node.tag}", "tags have no meaning here")
        text = self._text(node)
        found = _meaning(node, text, below)
        if found is None or text is None:
            return None
        if below is str:
            # As written: a version such as 3.10 is no number.
            return text
        if below is object or type(found) is below:
            return found
        self._misfit(node, type(found), below, path)
        return None

    def _text(self, node: ScalarNode) -> str | None:
        """Return a scalar's text with its references replaced, None when one of them is not defined."""
        undefined = [name for name in referred(node.value) if not self._names.get(name)]
        for name in undefined:
            self._tell(node, f"${{{name}}} is not defined", "", f"set {name}, or write $$ for a dollar sign")
        return None if undefined else replaced(node.value, self._names)

    def _misfit(self, node: Node, kind: type, below: _Below, path: _Path) -> None:
        wanted = dict if isinstance(below, Mapping) or below is Texts else list if isinstance(below, Items) else below
        names = referred(node.value) if isinstance(node, ScalarNode) else ()
        source = f" by ${{{names[0]}}}" if names else ""
        self._tell(node, f"{_named(path)} is {_WORDS[kind]}{source}, not {_WORDS[wanted]}", "")

    def _tell(self, node: Node, what: str, why: str, remedy: str = "correct it there") -> None:
        self.problems.append(Problem(f"{self._file}:{line_of(node)}: {what}", why, remedy))


def _named(path: _Path) -> str:
    return ".".join(path) or "the file"


def _meaning(node: ScalarNode, text: str | None, below: _Below) -> Scalar:
    """Return what a scalar means, None where it is null or not defined."""
    if below is bool and text in ("true", "false"):
        # The original's own file has it in quotes.
        return text == "true"
    if text is None or node.style:
        return text
    if is_reference(node.value):
        return plain(text) if below in (int, bool) else referred_value(text)
    return text if referred(node.value) else plain(text)
