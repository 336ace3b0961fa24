"""What plain scalars mean. Helm and kubectl read YAML 1.1 as Go's yaml.v2 does, and so do we.

ruamel.yaml reads YAML 1.2, in which `yes` is a text and the file mode 0420 is four hundred and twenty.
Source: https://github.com/go-yaml/yaml/blob/v2/resolve.go
"""

from __future__ import annotations

import re

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset(form for word in ("y", "yes", "true", "on") for form in (word, word.capitalize(), word.upper()))
_FALSE = frozenset(form for word in ("n", "no", "false", "off") for form in (word, word.capitalize(), word.upper()))
_INTEGER = re.compile(r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9A-Fa-f_]+|[1-9][0-9_]*|0)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.\d+|\d+(\.\d*)?)([eE][-+]?\d+)?", re.ASCII)
_NUMERAL = re.compile(r"-?(0|[1-9]\d*)", re.ASCII)

Scalar = str | int | float | bool | None


def plain(text: str) -> Scalar:
    """Return the value of a plain (unquoted) scalar."""
    if text in _NULLS:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _INTEGER.fullmatch(text):
        return _integer(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def referred_value(text: str) -> Scalar:
    """Return the value of a plain scalar that was a single reference.

    Only what is plainly a whole number, `true` or `false` becomes one: a version such as 3.10 stays a text, and
    no value can remove a key by being `null`.
    """
    if _NUMERAL.fullmatch(text):
        return int(text)
    return text == "true" if text in ("true", "false") else text


def _integer(text: str) -> int:
    digits = text.lstrip("+-").replace("_", "")
    octal = len(digits) > 1 and digits[0] == "0" and digits[1].isdigit()
    number = int(digits, 8) if octal else int(digits, 0)
    return -number if text.startswith("-") else number
