"""From a file's text to YAML nodes, which know their lines."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node
from ruamel.yaml.reader import ReaderError

from solakube_core.errors import Problem
from solakube_core.values.bounds import DEPTH, LENGTH, excess
from solakube_core.values.substitution import marked


def parse(file: Path) -> Node | Problem | None:
    """Parse a file; None when it is empty.

    Returns:
        The root node, its scalars with marked references, or what is wrong with the file.
    """
    try:
        # utf-8-sig: an editor may have put a byte order mark in front.
        with file.open("rb") as stream:
            content = stream.read(LENGTH + 1)
        if len(content) > LENGTH:
            return _too_large(file, f"it has more than the {LENGTH} bytes that are allowed")
        text = content.decode("utf-8-sig")
    except OSError as error:
        return Problem(f"{file} can't be read", error.strerror or str(error), "make it readable, or remove it")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        return Problem(f"{file}:{line}: the file is no valid YAML", "it is not in UTF-8", "save it in UTF-8")
    try:
        node = _composed(text)
    except YAMLError as error:
        return _invalid(file, text, error)
    except RecursionError:
        return _too_large(file, f"maps and lists are nested much deeper than the {DEPTH} levels that are allowed")
    if node is not None and (why := excess(node)):
        return _too_large(file, why)
    return node


@lru_cache
def _composed(text: str) -> Node | None:
    """Return a text's root node; a run of `sk` reads the same files again, and nobody changes their nodes."""
    node: Node | None = YAML(typ="safe", pure=True).compose(marked(text))
    return node


def line_of(node: Node) -> int:
    """Return the line at which a node begins, counted from 1."""
    line: int = node.start_mark.line
    return line + 1


def _too_large(file: Path, why: str) -> Problem:
    return Problem(f"{file}: the file holds too much", why, "take out what nobody wrote by hand")


def _invalid(file: Path, text: str, error: YAMLError) -> Problem:
    if isinstance(error, ReaderError):
        line = text[: error.position].count("\n") + 1
        return Problem(
            f"{file}:{line}: the file is no valid YAML",
            f"it holds the control character U+{error.character:04X}",
            "remove it, or write it as an escape in double quotes",
        )
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return Problem(f"{file}: the file is no valid YAML", str(error), "correct it")
    place = f"{file}:{error.problem_mark.line + 1}:{error.problem_mark.column + 1}"
    if r"'\t'" in (error.problem or ""):
        return Problem(f"{place}: the file is no valid YAML", "a tab stands in the indentation", "indent by spaces")
    why = ", ".join(part for part in (error.context, error.problem) if part)
    return Problem(f"{place}: the file is no valid YAML", why, "correct it there")
