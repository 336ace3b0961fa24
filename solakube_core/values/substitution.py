"""References to variables: `${NAME}` and `$NAME`; `$$` stands for one dollar sign."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Private characters that stand for "${" and "}" while a file is parsed: in a flow map or list the braces would
# be YAML's own. As many characters as they replace, so that columns stay right.
_OPEN, _CLOSE = "\U000ffff0\U000ffff1", "\U000ffff2"
_NAME = r"[A-Za-z_]\w*"
_BRACED = re.compile(rf"\$\$|\$\{{({_NAME})\}}")
_MARKED = rf"{_OPEN}({_NAME}){_CLOSE}"
_REFERENCE = re.compile(rf"\$\$|{_MARKED}|\$({_NAME})")
_ALONE = re.compile(rf"{_MARKED}|\$({_NAME})")


def marked(text: str) -> str:
    """Return a file's text in which the braces of references cannot be taken for YAML's."""
    return _BRACED.sub(lambda match: f"{_OPEN}{match[1]}{_CLOSE}" if match[1] else match[0], text)


def is_reference(scalar: str) -> bool:
    """Tell whether a scalar of a marked text consists of one reference and nothing else."""
    return _ALONE.fullmatch(scalar) is not None


def referred(scalar: str) -> tuple[str, ...]:
    """Return the names that a scalar of a marked text refers to."""
    return tuple(match[1] or match[2] for match in _REFERENCE.finditer(scalar) if match[1] or match[2])


def replaced(scalar: str, names: Mapping[str, str]) -> str:
    """Return a scalar of a marked text with its references replaced, undefined ones by nothing."""
    return _REFERENCE.sub(lambda match: _value(match, names), scalar)


def _value(match: re.Match[str], names: Mapping[str, str]) -> str:
    name = match[1] or match[2]
    return names.get(name, "") if name else "$"
