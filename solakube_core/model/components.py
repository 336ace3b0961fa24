"""What a component is called, and where it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

# RFC 1123, section 2.1: it names folders, objects and labels.
_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")


def is_component_name(name: str) -> bool:
    """Tell whether a component may have this name: it is one of folders, objects and labels."""
    return _DNS_LABEL.fullmatch(name) is not None


@dataclass(frozen=True)
class Component:
    """Something that `sk deploy` can deploy.

    Attributes:
        name: the word on the command line, a DNS label (RFC 1123): also the prefix of its variables, in upper case
            and with underscores for dashes.
        summary: one line for lists.

    Raises:
        ValueError: the name is no DNS label.
    """

    name: str
    summary: str

    def __post_init__(self) -> None:
        if not is_component_name(self.name):
            raise ValueError(f"{self.name!r} cannot be a component's name: it takes small letters, digits and dashes")


@dataclass(frozen=True)
class Backend:
    """Where a component is, and where it answers inside the place it is deployed to, if it does.

    Attributes:
        namespace: of the Service and the pods, and of objects of the plan that name none.
        service: the Service's name; "" for a component that answers nobody.
        port: the Service's port number.
        port_name: the Service port's name.
        selector: labels of the pods behind it.
        target_port: the port number in the pod.
        scheme: what addresses begin with that the core makes from it, such as "redis"; an exposure names its own.
        component: whose it is, so that it can be told where it is not deployed; "" where nobody needs to know.
    """

    namespace: str
    service: str = ""
    port: int = 0
    port_name: str = ""
    selector: Mapping[str, str] = field(default_factory=dict)
    target_port: int = 0
    scheme: str = "http"
    component: str = ""
