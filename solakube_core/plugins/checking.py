"""Do answers have the types that the hooks promise? Authors need not use a type checker; the core relies on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints


def misfit(value: object, kind: Any, name: str) -> str:
    """Tell how a value differs from what it should be, down to the fields of its fields; "" where it does not.

    Args:
        kind: its type: a class, or one of the generic types of `solakube_core.model`.
        name: what to call it.
    """
    return next(_misfits(value, kind, name), "")


def _misfits(value: object, kind: Any, name: str) -> Iterator[str]:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in (Any, object):
        return
    if origin in (Union, UnionType):
        yield from _none_fits(value, arguments, name)
    elif origin is Literal:
        if value not in arguments:
            yield f"{name} is {value!r}, not one of {', '.join(map(repr, arguments))}"
    elif not isinstance(value, origin or kind):
        yield f"{name} is {_article(type(value))}, not {_article(origin or kind)}"
    else:
        yield from _misfits_within(value, arguments, name)


def _none_fits(value: object, kinds: tuple[Any, ...], name: str) -> Iterator[str]:
    found = [misfit(value, kind, name) for kind in kinds]
    # The first of the kinds is what it should be; the others, such as None, are what it may be instead.
    if all(found):
        yield found[0]


def _misfits_within(value: object, arguments: tuple[Any, ...], name: str) -> Iterator[str]:
    if is_dataclass(value):
        hints = _hints(value.__class__)
        for field in fields(value):
            yield from _misfits(getattr(value, field.name), hints[field.name], f"{name}.{field.name}")
        yield from _nameless(value, name)
    elif isinstance(value, Mapping) and arguments:
        for key, item in value.items():
            yield from _misfits(key, arguments[0], f"a key of {name}")
            yield from _misfits(item, arguments[1], f"{name}[{key!r}]")
    elif isinstance(value, (tuple, frozenset)) and arguments:
        for number, item in enumerate(value):
            yield from _misfits(item, arguments[0], f"{name}[{number}]")


def _nameless(value: object, name: str) -> Iterator[str]:
    """Yield the objects that nobody could apply, since they lack what names them."""
    # Plans and exposures have objects; other values need the classes of these not even imported.
    for number, manifest in enumerate(getattr(value, "objects", ())):
        from solakube_core.model import ObjectRef

        try:
            ObjectRef.of(manifest)
        except (KeyError, TypeError, AttributeError):
            yield f"{name}.objects[{number}] lacks apiVersion, kind or metadata.name"


@cache
def _hints(kind: type) -> Mapping[str, Any]:
    # The model's files import one another for a type checker alone, so that a command pays for what it uses.
    from solakube_core import model

    words = {*re.findall(r"\w+", " ".join(str(field.type) for field in fields(kind)))}
    return get_type_hints(kind, localns={name: getattr(model, name) for name in words.intersection(dir(model))})


def _article(kind: type) -> str:
    if kind is type(None):
        return "None"
    return f"{'an' if kind.__name__[0] in 'AEIOUaeio' else 'a'} {kind.__name__}"
