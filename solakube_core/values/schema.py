"""Which keys a values file may have, and what may stand there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union


class Texts:
    """A map of any keys to texts, such as annotations: numbers and booleans in it are meant as texts."""


@dataclass(frozen=True)
class Items:
    """A list whose items are maps.

    Attributes:
        keys: what each item may have.
    """

    keys: Schema


Schema = Mapping[str, Union["Schema", Items, type]]
"""Keys and what stands below them: another schema for a map with known keys, `Items` for a list of such maps,
`Texts`, or the type of the value: `dict` and `list` with any content, `str`, `int`, `bool`, or `object` for
anything."""
