"""The configuration of the proxy in front of a registry that has users who may only pull.

It sends what asks to the process that serves pulls, all else to the one that takes pushes. It checks no password, and a
mistake of it gives nobody a right: the first process changes nothing whoever asks, the second one knows only those who
may push.

Source of the keys: https://docs.haproxy.org/3.0/configuration.html
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from solakube_registry.naming import PORT, READER_PORT, WRITER_PORT
from solakube_registry.users.user import ANONYMOUS

# That of an upload asks, too, but only who may push has one. The registry's names end before the last part of a path.
_UPLOAD = r"^/v2/.+/blobs/uploads/[^/]*$"

MEMORY_MIB = 128
"""The limit of its memory. A connection takes six buffers of 16 KiB at most, those of a client that stops reading, and
keeps sending, among them: a thousand take 94 MiB, and the program itself 17. What pipes hold is the kernel's."""

_CONFIG = """\
global
    log stdout format raw local0 notice
    # More wait until one ends.
    maxconn 1000
    nbthread 2
    # Layers pass within the kernel, by pipes: the larger, the less processor time. All of a user's have 64 MiB at
    # most; who finds none is served by buffers.
    tune.pipesize 1048576
    maxpipes 60
    # A little less than it is given to end.
    hard-stop-after SECONDSs
GLOBAL
defaults
    mode http
    log global
    option httplog
    option splice-request
    option splice-response
    option dontlognull
    option dontlog-normal
    # For the registry's log; a proxy before this one knows the client better.
    option forwardfor if-none
    timeout connect 5s
    timeout http-request 60s
    timeout http-keep-alive 300s
    # Of silence while it is the client's turn to read or to send.
    timeout client 5m
    # The registry may take long to check a large layer before it answers.
    timeout server 1h

frontend registry
BIND
    acl asks method GET HEAD
    acl of_upload path_reg UPLOAD
ANONYMOUS    use_backend reader if asks !of_upload
    default_backend writer

backend reader
    server reader READER

backend writer
    server writer WRITER
"""

_POD_BIND = """\
.if "strstr('${POD_IPS}',:)"
    bind :::PORT v4v6
.else
    bind :PORT
.endif"""

# The key lies beside the certificate, under the same name but for its ending.
_CERTIFICATES = "    ssl-load-extra-del-ext\n"
_TLS = 'ssl crt "${CERTIFICATE}" ssl-min-ver TLSv1.2 alpn http/1.1'
_BY_TLS = "\n    http-request set-header X-Forwarded-Proto https"

RUN, CERTIFICATE = "RUN", "CERTIFICATE"
"""On one machine these variables of the environment have the folder of the sockets, and the certificate's file: no path
can break the configuration's syntax."""

TOKEN_PATH = "/v2/token"

# Docker's engine asks /v2/ how to log in. Told of passwords, it pulls nothing without one; so it is told of tokens, as
# by https://distribution.github.io/distribution/spec/auth/token/. A token is what was shown to get it: the registry
# checks the password in it at every request, as ever, and that for a token first.
_LOGIN = """\
    acl greets path /v2 /v2/
    acl wants_token path TOKEN
    acl shows_login req.hdr(Authorization) -m found
    acl shows_token req.hdr(Authorization) -m reg -i '^bearer [a-z0-9+/=]+$'
    acl shows_password req.hdr(Authorization) -m reg -i '^basic [a-z0-9+/=]+$'
    http-request set-var(txn.scheme) str(http)
    http-request set-var(txn.scheme) str(https) if { req.hdr(X-Forwarded-Proto) -i https }
    http-request return status 401 hdr Docker-Distribution-Api-Version registry/2.0 \
        hdr WWW-Authenticate 'Bearer realm="%[var(txn.scheme)]://%[req.hdr(host)]TOKEN",service="registry"' \
        content-type application/json \
        string '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}' \
        if greets !shows_login
    http-request deny deny_status 405 if wants_token !METH_GET
    http-request deny deny_status 401 if wants_token shows_login !shows_password
    http-request set-header Authorization "Basic LOGIN" if asks !of_upload !greets !shows_login
    http-request set-header Authorization "Basic %[req.hdr(Authorization),word(2,' ')]" if shows_token
    http-request set-var(txn.token) req.hdr(Authorization),word(2,' ') if wants_token
    http-request set-path /v2/ if wants_token
    http-response return status 200 hdr Cache-Control no-store content-type application/json \
        lf-string '{"token":"%[var(txn.token)]"}' if { status 200 } { var(txn.token) -m found }
"""


@dataclass(frozen=True)
class Places:
    """Where the proxy listens, and where it finds the processes of the registry.

    Attributes:
        bind: the lines of the configuration that say where it listens, and what follows from that.
        reader: of the process that serves pulls.
        writer: of the one that takes pushes.
        seconds: so long it goes on when it is told to end, at most.
        global_lines: more of the configuration's first section.
    """

    bind: str
    reader: str
    writer: str
    seconds: int
    global_lines: str = ""


def in_pod(port: int = PORT, reader: int = READER_PORT, writer: int = WRITER_PORT) -> Places:
    """Return the places in a pod: three ports of it."""
    return Places(_POD_BIND.replace("PORT", str(port)), f"127.0.0.1:{reader}", f"127.0.0.1:{writer}", 70)


def on_machine(listen: str, port: int, reader: str, writer: str, tls: bool) -> Places:
    """Return the places on one machine: a port, and sockets in the folder that `RUN` names.

    Args:
        listen: IP address.
        reader, writer: names of the sockets.
        tls: serve HTTPS, with the certificate that `CERTIFICATE` names.
    """
    bind = f"    bind [{listen}]:{port} v4v6" if ":" in listen else f"    bind {listen}:{port}"
    if tls:
        bind = f"{bind} {_TLS}{_BY_TLS}"
    # A variable that is quoted so is replaced when the address is read, and not read again then.
    reader, writer = (f"'unix@${{{RUN}}}/{name}'" for name in (reader, writer))
    return Places(bind, reader, writer, 60, _CERTIFICATES if tls else "")


def proxy_config(anonymous_pull: bool, places: Places) -> str:
    """Return the proxy's configuration.

    Args:
        anonymous_pull: give requests that show no login one that may pull.
        places: where it listens, and the registry does.
    """
    login = base64.b64encode(f"{ANONYMOUS}:{ANONYMOUS}".encode()).decode()
    anonymous = _LOGIN.replace("LOGIN", login).replace("TOKEN", TOKEN_PATH) if anonymous_pull else ""
    values = {
        "UPLOAD": _UPLOAD,
        "ANONYMOUS": anonymous,
        "GLOBAL": places.global_lines,
        "BIND": places.bind,
        "READER": places.reader,
        "WRITER": places.writer,
        "SECONDS": places.seconds,
    }
    text = _CONFIG
    for name, value in values.items():
        text = text.replace(name, str(value))
    return text
