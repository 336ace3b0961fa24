"""The last step of a deployment: does the component do, at its address, what its plan promises?"""

from __future__ import annotations

import base64
import math
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterable

from solakube_core.engine import Engine, Progress
from solakube_core.errors import Problem, SolakubeError
from solakube_core.model import Address, Plan, Probe

PATIENCE = 90.0
"""Seconds for an ingress controller to take up a route, or for the kubelet to bring a changed password; of all probes
together."""

_PAUSE = 0.3
_REQUEST_TIMEOUT = 5.0


class Unreachable(Exception):
    """The address does not answer this machine at all; the text says why."""


def check(plan: Plan, engine: Engine, progress: Progress, deadline: float = math.inf) -> bool:
    """Send the plan's probes to the address that users will use.

    Where that address cannot be reached from this machine (no DNS entry yet, an unknown certificate
    authority), the probes go through the engine's own way in, and the user is told so.

    Args:
        deadline: until when a wrong answer may become the right one, on the clock of time.monotonic(); each probe is
            sent once in any case.

    Returns:
        Whether they went where users go.

    Raises:
        SolakubeError: a probe was answered with another status than the plan promises.
    """
    if plan.address is not None:
        try:
            _first_contact(plan.address, plan.probes)
        except Unreachable as why:
            progress.say(f"{plan.address.url} cannot be reached from this machine ({why}); checked from inside")
        else:
            _check_all(plan.address, plan.probes, progress, deadline)
            return True
    with engine.open(plan.backend) as url:
        _check_all(Address(url), plan.probes, progress, deadline)
    return plan.address is None


def _check_all(address: Address, probes: Iterable[Probe], progress: Progress, deadline: float) -> None:
    began = time.monotonic()
    deadline = min(began + PATIENCE, deadline)
    wrong = [problem for probe in probes if (problem := _check_one(address, probe, progress, began, deadline))]
    if wrong:
        raise SolakubeError.of(wrong)


def _check_one(address: Address, probe: Probe, progress: Progress, began: float, deadline: float) -> Problem | None:
    while True:
        answer = _status_or_cause(address, probe)
        if answer == probe.status:
            progress.say(f"{probe.meaning}: {address.url}{probe.path} answers {probe.status}")
            return None
        if time.monotonic() > deadline:
            return Problem(
                f"{address.url}{probe.path} answers {answer}, not {probe.status}",
                f"expected: {probe.meaning}",
                f"`sk status` shows the state of everything; the check gave up after {time.monotonic() - began:.0f} s",
            )
        progress.now(f"{address.url}{probe.path} answers {answer}, waiting for {probe.status}")
        time.sleep(_PAUSE)


def _status_or_cause(address: Address, probe: Probe) -> int | str:
    try:
        return _status(address, probe)
    except Unreachable as cause:
        return str(cause)


def _first_contact(address: Address, probes: Iterable[Probe]) -> None:
    """Find out whether the address answers at all, whatever the status.

    A controller that has just been told of a route may take a moment to present its certificate, so a
    connection that is refused or not trusted is tried again for some seconds; an unknown name is not.
    """
    deadline = time.monotonic() + 5.0
    for probe in probes:
        while True:
            try:
                _status(address, probe)
                return
            except Unreachable as cause:
                if isinstance(cause.__cause__, socket.gaierror) or time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)


def _status(address: Address, probe: Probe) -> int:
    request = urllib.request.Request(address.url + probe.path)
    if probe.username:
        pair = f"{probe.username}:{probe.password}".encode()
        request.add_header("Authorization", "Basic " + base64.b64encode(pair).decode())
    try:
        with _opener(address).open(request, timeout=_REQUEST_TIMEOUT) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except urllib.error.URLError as error:
        raise Unreachable(_words(error.reason)) from (
            error.reason if isinstance(error.reason, BaseException) else error
        )
    except OSError as error:
        raise Unreachable(_words(error)) from error


def _words(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted here: {reason.verify_message}"
    if isinstance(reason, socket.gaierror):
        return "its name does not resolve"
    return str(reason) or type(reason).__name__


def _opener(address: Address) -> urllib.request.OpenerDirector:
    """Build an opener that neither follows redirects nor uses a proxy: the address itself is in question."""
    return urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=address.trust()), _NoRedirect()
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None
