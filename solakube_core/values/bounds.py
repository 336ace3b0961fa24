"""How much a YAML document may hold: small files can nest without end, or grow without end by their aliases."""

from __future__ import annotations

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

DEPTH = 100
"""Levels of maps and lists. A chart's values have some ten."""

LENGTH = 1 << 20
"""Bytes of a file: what is made of it goes into a Secret, which may have no more (Kubernetes API, Secret)."""

SIZE = 100_000
"""Maps, lists and scalars, those of aliases counted at each place where they stand."""


def excess(root: Node) -> str:
    """Say by what a document is too large; "" for one that is not."""
    depth, size = _measured(root, {})
    if depth > DEPTH:
        return f"maps and lists are nested {depth} levels deep, and {DEPTH} are allowed"
    return f"with what aliases repeat it has {size} values, and {SIZE} are allowed" if size > SIZE else ""


def _measured(node: Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return the levels and the number of values of a node.

    Args:
        node: is no deeper than the parser could follow, but for aliases; they name what came before, which is known.
        known: the results by the nodes' identities. What lies within itself counts as nothing: whoever reads the
            values tells where that is.
    """
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = (0, 0)
    children = [_measured(child, known) for child in _children(node)]
    result = (1 + max((depth for depth, _ in children), default=0), 1 + sum(size for _, size in children))
    known[id(node)] = result
    return result


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []
