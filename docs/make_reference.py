"""Writes docs/reference.md from the docstrings of what plugins may use: `python docs/make_reference.py`."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from pathlib import Path

from solakube_core import testing
from solakube_core.plugin import PUBLIC

TARGET = Path(__file__).with_name("reference.md")

HEAD = """# Reference of the public names

Made from docstrings by `python docs/make_reference.py`; a test fails when it is out of date. The hooks that take and
return these values: [hooks.md](hooks.md).

A plugin may import what stands here, from `solakube_core.plugin`, and for its tests from `solakube_core.testing`.
All else in `solakube_core` may move or go with any version.
"""

GIVEN = ("Settings", "Session", "Lifecycle", "Site", "Engine", "Execution", "Progress")
"""What plugins get and never make."""


def reference() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for place, names in PUBLIC.items():
        module = import_module(place)
        parts.append(f"## {_heading(module.__doc__ or '')}\n")
        parts += [_entry(place, name) for name in names]
    parts.append("## `solakube_core.testing`\n")
    parts.append(f"{inspect.getdoc(testing)}\n")
    parts += [_entry(testing.__name__, name) for name in tested_names()]
    return "\n".join(parts)


def tested_names() -> Iterator[str]:
    """Yield what `solakube_core.testing` defines for others, in its order."""
    for name, value in vars(testing).items():
        if getattr(value, "__module__", "") == testing.__name__:
            yield name


def documentation(place: str, name: str) -> str:
    """Return the docstring of a public name; that of a value stands behind its assignment."""
    value = getattr(import_module(place), name)
    if (inspect.isclass(value) or inspect.isfunction(value)) and (text := inspect.getdoc(value)):
        return text
    return next((text for module in _modules(place) if (text := _text_behind(module, name))), "")


def _title(text: str) -> str:
    return text.partition("\n")[0].rstrip(".").partition(". ")[0]


def _heading(text: str) -> str:
    return _title(text).partition(":")[0]


def _entry(place: str, name: str) -> str:
    value = getattr(import_module(place), name)
    lines = [f"### `{name}`\n"]
    if name not in GIVEN and (inspect.isclass(value) or inspect.isfunction(value)):
        lines.append(f"```python\n{name}{_signature(value)}\n```\n")
    lines.append(f"```text\n{documentation(place, name)}\n```\n")
    if inspect.isclass(value):
        lines += [f"- `{line}" for line in _methods(value)]
    return "\n".join(lines).rstrip() + "\n"


def _signature(value: object) -> str:
    text = str(inspect.signature(value)) if callable(value) else ""
    return _plain(text).removesuffix(" -> None").replace("<factory>", "{}")


def _plain(signature: str) -> str:
    """Take the quotes off annotations, which are texts in modules that postpone them, and places in memory away."""
    unquoted = re.sub(r"(: |-> )'([^']*)'", r"\1\2", signature)
    return re.sub(r"<function (\w+) at 0x\w+>", r"\1", unquoted)


def _methods(value: type) -> Iterator[str]:
    for name, method in vars(value).items():
        if name.startswith("_"):
            continue
        function = method.__func__ if isinstance(method, classmethod) else method
        if isinstance(function, property):
            yield f"{name}`: {_title(inspect.getdoc(function) or '')}"
        elif inspect.isfunction(function):
            signature = re.sub(r"\((self|cls)(, )?", "(", _plain(str(inspect.signature(function))))
            yield f"{name}{signature}`: {_title(inspect.getdoc(function) or '')}"


def _modules(place: str) -> Iterator[Path]:
    """Yield the files in which a package's value may be assigned."""
    file = Path(inspect.getfile(import_module(place)))
    yield file
    if file.name == "__init__.py":
        yield from sorted(file.parent.glob("*.py"))


def _text_behind(file: Path, name: str) -> str:
    body = ast.parse(file.read_text(encoding="utf-8")).body
    for assignment, following in pairwise(body):
        if name in _assigned(assignment):
            is_text = isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
            return inspect.cleandoc(str(following.value.value)) if is_text else ""  # type: ignore[attr-defined]
    return ""


def _assigned(statement: ast.stmt) -> list[str]:
    if not isinstance(statement, (ast.Assign, ast.AnnAssign)):
        return []
    targets = [statement.target] if isinstance(statement, ast.AnnAssign) else statement.targets
    return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
