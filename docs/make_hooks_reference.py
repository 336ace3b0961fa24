"""Writes docs/hooks.md from the docstrings of the hook specifications: `python docs/make_hooks_reference.py`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path

from solakube_core import hooks

TARGET = Path(__file__).with_name("hooks.md")

HEAD = """# Hook reference

Made from `solakube_core/hooks.py` by `python docs/make_hooks_reference.py`; a test fails when it is out of date.
How the parts work together: [architecture.md](architecture.md).
"""


def specifications() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield the hooks in the order in which they stand in the module."""
    for name, value in vars(hooks).items():
        if inspect.isfunction(value) and hasattr(value, "solakube_spec"):
            yield name, value


def reference() -> str:
    """Return the whole page."""
    sections = [HEAD, f"{inspect.getdoc(hooks)}\n"]
    for name, function in specifications():
        signature = str(inspect.signature(function)).replace("'", "")
        text = inspect.getdoc(function) or ""
        sections.append(f"## `{name}`\n\n```python\n{name}{signature}\n```\n\n```text\n{text}\n```\n")
    return "\n".join(sections)


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
