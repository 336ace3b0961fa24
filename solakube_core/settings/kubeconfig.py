"""What the kubeconfig says: its files, its current context, and its contexts with their clusters."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from solakube_core.errors import SolakubeError
from solakube_core.files import expanded

# Reading one key does not take a YAML parser, whose import would cost every command a tenth of a second.
# The key stands at the start of a line in YAML, and between quotes in a kubeconfig that is JSON.
_CURRENT_CONTEXT = re.compile(
    r"""(?:^|[{,]\s*)"?current-context"?[ \t]*:[ \t]*("[^"\n]+"|'[^'\n]+'|[^"'\s#,}]+)""", re.MULTILINE
)


@dataclass(frozen=True)
class Context:
    """A context of the kubeconfig.

    Attributes:
        cluster: what the kubeconfig calls the cluster it leads to.
        namespace: the namespace that it names; "default" where it names none.
        user: what the kubeconfig calls the user; "" where the context names none.
        login: how that user logs in, None where the kubeconfig does not have him.
    """

    cluster: str
    namespace: str
    user: str
    login: Mapping[str, Any] | None = field(repr=False)


def kubeconfig_files(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Return the files that kubectl would read: those of KUBECONFIG, else ~/.kube/config.

    Raises:
        SolakubeError: one lies in the home of a user that is not there.
    """
    listed = environ.get("KUBECONFIG")
    if listed:
        return tuple(expanded(part, "KUBECONFIG") for part in listed.split(":") if part)
    return (home / ".kube" / "config",)


def current_context(files: tuple[Path, ...]) -> str:
    """Return the current context of the kubeconfig, "" where there is no kubeconfig or it names none."""
    for file in files:
        try:
            text = _content(file).decode(errors="replace")
        except OSError:
            continue
        if match := _CURRENT_CONTEXT.search(text):
            return match[1].strip("\"'")
    return ""


def contexts(files: tuple[Path, ...]) -> dict[str, Context]:
    """Return all contexts by name; of several files the first that has a name counts, and missing ones are none.

    Raises:
        SolakubeError: a file cannot be read, or is no kubeconfig.
    """
    contexts: dict[str, Any] = {}
    users: dict[str, Any] = {}
    for file in files:
        if os.path.lexists(file):
            more, logins = _entries(file)
            contexts, users = {**more, **contexts}, {**logins, **users}
    return {name: _context(entry, users) for name, entry in contexts.items()}


def check_nothing_named(environ: Mapping[str, str], home: Path) -> None:
    """Make sure that no kubeconfig was named and ~/.kube/config does not exist, where none of them names a context.

    Only then does a command belong to this machine: with a mistyped path it would act where nobody pointed it.

    Raises:
        SolakubeError: there is one, or one was named; it cannot be used.
    """
    files = kubeconfig_files(environ, home)
    if environ.get("KUBECONFIG") or os.path.lexists(files[0]):
        raise _unusable("; ".join(_fault(file) for file in files) or "KUBECONFIG names no file")


def _content(file: Path) -> bytes:
    """Read a kubeconfig, which is read several times in a run.

    Raises:
        OSError: it cannot be read, or not twice: a pipe has nothing left then, and without a writer it never ends.
    """
    if stat.S_ISFIFO(file.stat().st_mode):
        raise OSError(errno.ESPIPE, "it is a pipe, which can be read only once: write it into a file")
    return file.read_bytes()


def _entries(file: Path) -> tuple[dict[str, Mapping[str, Any]], dict[str, Mapping[str, Any]]]:
    """Return a file's contexts and users, by name."""
    # Imported here: few commands need more of a kubeconfig than its current context. The Kubernetes client reads it by
    # PyYAML, too, whose reader in C takes a sixteenth of the time of ruamel's in Python.
    import yaml

    try:
        loaded = yaml.load(_content(file).decode(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
        return _named(loaded, "context"), _named(loaded, "user")
    except OSError as error:
        raise _unusable(f"{file}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        # The error's own words quote the file, which holds credentials.
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        place = f"{file}:{mark.line + 1}" if mark else str(file)
        raise _unusable(f"{place}: it is no valid YAML") from None
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        raise _unusable(f"{file}: it is no kubeconfig") from None


def _named(loaded: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    entries: list[dict[str, Any]] = loaded.get(f"{kind}s") or []
    return {str(entry["name"]): dict(entry.get(kind) or {}) for entry in entries}


def _context(entry: Mapping[str, Any], users: Mapping[str, Mapping[str, Any]]) -> Context:
    user = str(entry.get("user") or "")
    return Context(str(entry.get("cluster") or ""), str(entry.get("namespace") or "default"), user, users.get(user))


def _fault(file: Path) -> str:
    try:
        _content(file)
    except OSError as error:
        return f"{file}: {error.strerror}"
    return f"{file} names no current-context"


def _unusable(why: str) -> SolakubeError:
    return SolakubeError(
        "the kubeconfig cannot be used",
        why,
        "correct --kubeconfig or KUBECONFIG, name a context with --context, "
        "or set SK_CLUSTER_TYPE=local to work on this machine",
    )
