"""Why a pod could not pull or run an image, in words. Pure: an observation in, a problem out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from solakube_core.plugin import Problem
from solakube_registry.private.pull_secret import PULL_SECRET

_FAILED_PULL = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})

_NO_SECRET = f"Unable to retrieve some image pull secrets ({PULL_SECRET})"
"""The kubelet's event FailedToRetrieveImagePullSecret (kubernetes/pkg/kubelet/kubelet_pods.go)."""

# What container runtimes say, lower-cased: containerd, Docker, CRI-O and Go's own network packages.
_DENIED = re.compile(r"unauthori[sz]ed|forbidden|no basic auth credentials|authorization failed|access.*denied")
_UNTRUSTED = re.compile(r"x509: certificate signed by unknown authority|certificate is not trusted")
_WRONG_CERTIFICATE = re.compile(r"x509: |tls: ")
_PLAIN_HTTP = re.compile(r"server gave http response to https client|first record does not look like a tls handshake")
_UNKNOWN_NAME = re.compile(r"no such host|server misbehaving|name resolution|lookup [^ ]+ on|name or service not known")
_NO_CONNECTION = re.compile(r"connection refused|i/o timeout|no route to host|network is unreachable|deadline exceeded")


@dataclass(frozen=True)
class Observation:
    """What can be seen of a pod.

    Attributes:
        namespace: of the pod.
        phase: Pending, Running, Succeeded or Failed.
        reason: why its container waits or ended, such as ErrImagePull; "" when nothing is known.
        messages: the cluster's own words, the most telling ones first.
        has_secret: whether the namespace has the pull secret.
        node: where it runs, "" while it is not scheduled.
        pulled: whether the node has its image.
        told: what its container left as its last word.
    """

    namespace: str
    phase: str
    reason: str = ""
    messages: tuple[str, ...] = ()
    has_secret: bool = True
    node: str = ""
    pulled: bool = False
    told: str = field(default="", repr=False)

    @property
    def over(self) -> bool:
        """Whether there is nothing more to wait for."""
        return self.phase == "Succeeded" or self.failed

    @property
    def failed_pull(self) -> bool:
        """Whether the node tried to pull the image and could not."""
        return self.reason in _FAILED_PULL

    @property
    def failed(self) -> bool:
        """Whether it will not succeed any more without help."""
        if self.failed_pull and self._lags:
            return False
        return self.phase == "Failed" or self.failed_pull or "Error" in self.reason

    @property
    def _lags(self) -> bool:
        """Whether the node had not heard of the pull secret yet when it pulled: it will, and pulls again by itself."""
        return self.has_secret and any(_NO_SECRET in message for message in self.messages)

    @property
    def state(self) -> str:
        """One or two words for progress lines."""
        return self.reason or self.phase

    @property
    def words(self) -> str:
        """The message that tells most: the longest, for runtimes wrap the cause in what they did."""
        return max(self.messages, key=len, default="").strip()


Stage = Literal["name", "connection", "trust", "login", "other"]
"""How far a pull came: where it failed, with those before it done."""


def diagnose(seen: Observation, image: str) -> Problem:
    """Explain why the pod did not succeed.

    Args:
        image: what it should have pulled, such as "registry.example.com/solakube/verify:1".
    """
    if not seen.failed_pull:
        return _not_run(seen, image)
    return _cause(seen)[1](seen, image)


def failed_at(seen: Observation) -> Stage:
    """Tell where a pull failed."""
    return _cause(seen)[0]


def _cause(seen: Observation) -> tuple[Stage, Callable[[Observation, str], Problem]]:
    text = " ".join(seen.messages).lower()
    return next(((stage, explain) for pattern, stage, explain in _CAUSES if pattern.search(text)), ("other", _unknown))


def _denied(seen: Observation, image: str) -> Problem:
    host = _host(image)
    what = f"pods in namespace {seen.namespace} may not pull from {host}"
    if not seen.has_secret:
        return Problem(
            what,
            f"the Secret {PULL_SECRET} is missing in namespace {seen.namespace}",
            f"grant it: sk registry grant {seen.namespace}",
        )
    return Problem(
        what,
        f"the registry refuses the login in the Secret {PULL_SECRET} of namespace {seen.namespace}",
        f"bring it up to date: sk registry grant {seen.namespace}",
    )


def _unresolved(seen: Observation, image: str) -> Problem:
    host = _host(image)
    return Problem(
        f"{_node(seen)} cannot resolve the name {host.partition(':')[0]}",
        "nodes ask their own name servers, not the cluster's DNS",
        f"enter the name in the DNS or in the nodes' /etc/hosts; `sk registry trust` says what {host} needs",
    )


def _untrusted(seen: Observation, image: str) -> Problem:
    host = _host(image)
    return Problem(
        f"{_node(seen)} does not trust the certificate authority of {host}",
        "its certificate is signed by an authority that the container runtime does not know",
        "make the nodes trust it: sk registry trust",
    )


def _plain_http(seen: Observation, image: str) -> Problem:
    host = _host(image)
    return Problem(
        f"{_node(seen)} expects HTTPS, and {host} speaks plain HTTP",
        "container runtimes pull over plain HTTP only from where they are told to",
        "make the nodes accept it: sk registry trust; or expose the registry with TLS",
    )


def _wrong_certificate(seen: Observation, image: str) -> Problem:
    return Problem(
        f"{_node(seen)} does not accept the certificate of {_host(image)}",
        seen.words,
        "it may be expired or made for another name; `sk status registry` shows it",
    )


def _unconnected(seen: Observation, image: str) -> Problem:
    return Problem(
        f"{_node(seen)} cannot connect to {_host(image)}",
        seen.words,
        "check that the address is reachable from inside the cluster's network (firewall, hairpin NAT)",
    )


def _unknown(seen: Observation, image: str) -> Problem:
    return Problem(
        f"{_node(seen)} could not pull {image}", seen.words, "the cause above is the container runtime's own"
    )


_CAUSES: tuple[tuple[re.Pattern[str], Stage, Callable[[Observation, str], Problem]], ...] = (
    (_UNKNOWN_NAME, "name", _unresolved),
    (_PLAIN_HTTP, "trust", _plain_http),
    (_UNTRUSTED, "trust", _untrusted),
    (_WRONG_CERTIFICATE, "trust", _wrong_certificate),
    (_NO_CONNECTION, "connection", _unconnected),
    (_DENIED, "login", _denied),
)
"""What runtimes say, where the pull failed then, and how to explain it; the first that fits."""


def _not_run(seen: Observation, image: str) -> Problem:
    if not seen.node:
        return Problem(
            "the pod of the verification was not scheduled",
            seen.words or "the cluster gives no reason",
            "free or add a node that ordinary pods may run on",
        )
    if not seen.failed:
        return Problem(
            f"{_node(seen)} has neither pulled {image} nor failed to",
            seen.words or f"the pod is still {seen.state}",
            "the node may be overloaded or its connection to the registry stuck; try again",
        )
    return Problem(
        f"{_node(seen)} pulled {image} but did not run it",
        f"{seen.state}: {seen.words}" if seen.words else seen.state,
        "the image holds programs for amd64 and arm64; `kubectl describe node` shows the state of the node",
    )


def _node(seen: Observation) -> str:
    return f"the node {seen.node}" if seen.node else "the node"


def _host(image: str) -> str:
    return image.partition("/")[0]
