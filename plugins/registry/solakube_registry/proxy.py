"""The configuration of the proxy in front of a registry that has users who may only pull.

It sends what asks to the process that serves pulls, all else to the one that takes pushes. It checks no password, and a
mistake of it gives nobody a right: the first process changes nothing whoever asks, the second one knows only those who
may push.

Source of the keys: https://docs.haproxy.org/3.0/configuration.html
"""

from __future__ import annotations

import base64

from solakube_registry.naming import PORT, READER_PORT, WRITER_PORT
from solakube_registry.users.user import ANONYMOUS

# That of an upload asks, too, but only who may push has one. The registry's names end before the last part of a path.
_UPLOAD = r"^/v2/.+/blobs/uploads/[^/]*$"

_CONFIG = """\
global
    log stdout format raw local0 notice
    maxconn 1000
    nbthread 2
    # A little less than the pod is given to end.
    hard-stop-after 70s

defaults
    mode http
    log global
    option httplog
    option dontlognull
    option dontlog-normal
    # For the registry's log; a proxy before this one knows the client better.
    option forwardfor if-none
    timeout connect 5s
    timeout http-request 60s
    timeout http-keep-alive 300s
    # Of silence: the registry may take long to check a large layer before it answers.
    timeout client 1h
    timeout server 1h

frontend registry
.if "strstr('${POD_IPS}',:)"
    bind :::PORT v4v6
.else
    bind :PORT
.endif
    acl asks method GET HEAD
    acl of_upload path_reg UPLOAD
ANONYMOUS    use_backend reader if asks !of_upload
    default_backend writer

backend reader
    server reader 127.0.0.1:READER

backend writer
    server writer 127.0.0.1:WRITER
"""

_LOGIN = """\
    # Clients learn there that a login is asked for, and show it from then on.
    acl greets path /v2 /v2/
    acl shows_login req.hdr(Authorization) -m found
    http-request set-header Authorization "Basic LOGIN" if asks !of_upload !greets !shows_login
"""


def proxy_config(anonymous_pull: bool, port: int = PORT, reader: int = READER_PORT, writer: int = WRITER_PORT) -> str:
    """Return the proxy's configuration.

    Args:
        anonymous_pull: give requests that show no login one that may pull.
        port: where it listens.
        reader: where on this machine the process is that serves pulls.
        writer: where the one is that takes pushes.
    """
    login = base64.b64encode(f"{ANONYMOUS}:{ANONYMOUS}".encode()).decode()
    anonymous = _LOGIN.replace("LOGIN", login) if anonymous_pull else ""
    values = {"UPLOAD": _UPLOAD, "ANONYMOUS": anonymous, "READER": reader, "WRITER": writer, "PORT": port}
    text = _CONFIG
    for name, value in values.items():
        text = text.replace(name, str(value))
    return text
