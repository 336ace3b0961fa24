"""Users of a registry on the cluster, met by clients that nobody here wrote. One installation serves all of it."""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import pytest
from solakube_registry.private.choice import PrivateRegistry
from solakube_registry.private.pull_secret import marked, pull_secret

from tests.e2e.deploy.test_forward import forwarded
from tests.e2e.exposure.test_ways_in import make_gateway
from tests.e2e.support.hosts import NamedHosts
from tests.e2e.support.installation import Installation
from tests.e2e.support.programs import Crane, Runner
from tests.e2e.support.tls import Authority
from tests.e2e.support.waiting import PATIENCE, eventually
from tests.e2e.testbed.cluster import Cluster
from tests.e2e.testbed.provisioner import Provisioner
from tests.e2e.users.walk import Client, Walk

PASSWORD = "the admin's own"
CI_PASSWORD = "pa$$ \"w'o:rd"
CLIENTS = 8


@pytest.fixture(scope="module")
def registry(
    cluster: Cluster,
    provisioner: Provisioner,
    named_hosts: NamedHosts,
    authority: Authority,
    new_host: Callable[[], str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installation]:
    """A registry behind the ingress controller; web may pull, ci may push. The node trusts its certificate."""
    home, trusted = tmp_path_factory.mktemp("home"), {"SSL_CERT_FILE": str(authority.certificate)}
    sk = Runner(Path(sys.executable).with_name("sk"), named_hosts, home, trusted)
    crane = Crane(provisioner.program("crane"), named_hosts, home, {**trusted, "DOCKER_CONFIG": str(home)})
    name = f"users-{uuid.uuid4().hex[:8]}"
    made = Installation(name, new_host(), PASSWORD, cluster, sk, crane)
    authority.issue(made.host).store(cluster, name, "own-tls")
    cluster.trust(made.host, authority.certificate)
    # Whatever sk makes here is refused by the API server unless it keeps to the standard.
    cluster.kubectl("label", "namespace", name, "pod-security.kubernetes.io/enforce=restricted")
    made.environment = {
        "REGISTRY_EXPOSE": "ingress",
        "REGISTRY_TLS_SECRET_NAME": "own-tls",
        "REGISTRY_PULL_USERS": "web",
        "REGISTRY_PUSH_USERS": "ci",
        "REGISTRY_CI_PASSWORD": CI_PASSWORD,
        "REGISTRY_ROTATE_SCHEDULE": "0 4 29 2 *",
        "REGISTRY_NETWORK_POLICY": "on",
        "REGISTRY_NETWORK_POLICY_FROM": "traefik",
    }
    deployed = made.sk("deploy", "registry")
    deployed.ok()
    assert "is not a setting" not in deployed.stderr
    yield made
    cluster.kubectl("delete", "namespace", name, "--ignore-not-found", "--wait=false")


@pytest.fixture
def anybody(registry: Installation, tmp_path: Path) -> Crane:
    """A client that is logged in nowhere."""
    return replace(registry.crane, environment={**registry.crane.environment, "DOCKER_CONFIG": str(tmp_path)})


def password(registry: Installation, user: str) -> str:
    """The password that was made for a user."""
    listed = json.loads(registry.sk("registry", "user", "list", "--show-secrets", "-o", "json").ok())
    found: str = next(item["password"] for item in listed["items"] if item["name"] == user)
    return found


def as_user(crane: Crane, registry: Installation, user: str, secret: str) -> Crane:
    """The client, logged in as a user."""
    crane.login(registry.host, user, secret).ok()
    return crane


def by_http(registry: Installation, user: str, secret: str) -> Client:
    """Talk to the registry by its name, through the ingress."""
    context = ssl.create_default_context(cafile=registry.crane.environment["SSL_CERT_FILE"])

    class Connection(http.client.HTTPSConnection):
        def connect(self) -> None:
            plain = socket.create_connection((registry.cluster.node_address(), 443), PATIENCE)
            self.sock = context.wrap_socket(plain, server_hostname=registry.host)

    return Client(lambda: Connection(registry.host), user, secret)


def restarts(registry: Installation) -> dict[str, tuple[str, int]]:
    pod = registry.pod()
    uid = pod["metadata"]["uid"]
    return {status["name"]: (uid, status["restartCount"]) for status in pod["status"]["containerStatuses"]}


def holding(registry: Installation, secret: str) -> set[str]:
    """The namespaces with a Secret in which a text stands."""
    found = set()
    for item in registry.cluster.get("secrets", "--all-namespaces")["items"]:
        texts = [base64.b64decode(text) for text in (item.get("data") or {}).values()]
        if any(secret.encode() in text or json.dumps(secret).encode()[1:-1] in text for text in texts):
            found.add(item["metadata"]["namespace"])
    return found


def test_who_may_only_pull_does_that_and_nothing_else(registry: Installation, anybody: Crane) -> None:
    walk = Walk(by_http(registry, "ci", CI_PASSWORD))
    web = by_http(registry, "web", password(registry, "web"))
    assert walk.refused(web) == []
    assert walk.answers(web, walk.begin()) == {200}
    assert web("GET", "/v2/").status == 200

    pusher = as_user(anybody, registry, "ci", CI_PASSWORD)
    digest = pusher.push_new(f"{registry.host}/app:1", {"file": b"content"})
    puller = as_user(anybody, registry, "web", password(registry, "web"))
    assert puller("digest", f"{registry.host}/app:1").ok().strip() == digest
    puller("validate", "--remote", f"{registry.host}/app:1").ok()
    assert "UNAUTHORIZED" in _told(puller("tag", f"{registry.host}/app:1", "2").refused())
    assert "UNAUTHORIZED" in _told(puller("delete", f"{registry.host}/app@{digest}").refused())
    assert "a pod in namespace solakube-verify-" in registry.sk("registry", "verify").ok()
    assert "pull-" not in registry.sk("registry", "user", "list", "-o", "name").ok()
    assert "UNAUTHORIZED" in _told(puller("copy", f"{registry.host}/app:1", f"{registry.host}/copy:1").refused())


def test_docker_pulls_as_one_and_pushes_as_the_other(registry: Installation, tmp_path: Path) -> None:
    def docker(*words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "DOCKER_CONFIG": str(tmp_path)}
        return subprocess.run(["docker", *words], env=environment, input=stdin, capture_output=True, text=True)

    with forwarded(registry) as address:
        host = f"localhost:{address.rpartition(':')[2]}"
        image = f"{host}/tools/busybox:1"
        docker("tag", "busybox:1.37", image).check_returncode()
        try:
            docker("login", host, "-u", "web", "--password-stdin", stdin=password(registry, "web")).check_returncode()
            assert "unauthorized" in docker("push", image).stderr
            docker("login", host, "-u", "ci", "--password-stdin", stdin=CI_PASSWORD).check_returncode()
            docker("push", image).check_returncode()
            docker("login", host, "-u", "web", "--password-stdin", stdin=password(registry, "web")).check_returncode()
            docker("pull", image).check_returncode()
        finally:
            docker("image", "rm", image)


def test_users_come_and_go_without_a_restart(registry: Installation, anybody: Crane) -> None:
    before = restarts(registry)
    made = registry.sk("registry", "user", "add", "guest", "--show-secrets").ok().strip()
    as_user(anybody, registry, "guest", made)("catalog", registry.host).ok()
    further = registry.sk("registry", "user", "rotate", "guest", "--grace=1s", "--show-secrets").ok().strip()
    as_user(anybody, registry, "guest~2", further)("catalog", registry.host).ok()
    eventually(lambda: by_http(registry, "guest", made)("GET", "/v2/").status == 401, "the old login ended by itself")
    new = registry.sk("registry", "user", "rotate", "guest", "--show-secrets").ok().strip()
    assert new != further
    assert "UNAUTHORIZED" in _told(anybody("catalog", registry.host).refused())
    as_user(anybody, registry, "guest~2", new)("catalog", registry.host).ok()
    registry.sk("registry", "user", "remove", "guest", "--yes").ok()
    assert "UNAUTHORIZED" in _told(anybody("catalog", registry.host).refused())
    assert (
        "the next deployment would make him again" in registry.sk("registry", "user", "remove", "web", "-y").refused()
    )
    assert restarts(registry) == before
    assert "nothing to change" in registry.sk("deploy", "registry").stderr


def test_a_namespace_pulls_by_a_user_of_its_own_and_rotation_is_not_noticed(
    registry: Installation, namespace: str, anybody: Crane
) -> None:
    admins = PrivateRegistry(registry.host, "admin", PASSWORD, "")
    registry.cluster.apply(json.dumps(marked(pull_secret(namespace, admins))))
    assert holding(registry, PASSWORD) == {namespace}
    told = registry.sk("status", "registry")
    assert f"namespace {namespace} may do everything: sk registry grant --renew {namespace}" in told.stdout
    assert "has the admin's password" in registry.sk("registry", "grants", "-o", "table").ok()

    registry.sk("registry", "grant", "--renew", "--attach").ok()
    assert holding(registry, PASSWORD) == set()
    assert f"{namespace}\n" in registry.sk("registry", "grants", "-o", "name").ok()
    pulled = f"a pod in namespace {namespace} pulled it"
    # A busy node may be late to know the Secret.
    eventually(lambda: pulled in registry.sk("registry", "verify", "-n", namespace).stdout, "pods pull", 300)

    as_user(registry.crane, registry, "ci", CI_PASSWORD).push_new(f"{registry.host}/shop:1", {"file": b"content"})
    over, pullers = threading.Event(), [Puller(registry, namespace) for _ in range(CLIENTS)]
    threads = [threading.Thread(target=puller.work, args=(over,)) for puller in pullers]
    for thread in threads:
        thread.start()
    try:
        registry.sk("registry", "grant", "--renew", namespace).ok()
        _rotate_by_schedule(registry)
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert [failure for puller in pullers for failure in puller.failures] == []
    assert all(puller.pulls for puller in pullers)

    registry.sk("registry", "grant", "--renew", namespace, "--grace=0s").ok()
    user, secret = _login(registry, namespace)
    assert by_http(registry, user, secret)("GET", "/v2/").status == 200
    registry.sk("registry", "grant", "--revoke", namespace).ok()
    assert by_http(registry, user, secret)("GET", "/v2/").status == 401
    assert namespace not in registry.sk("registry", "grants", "-o", "name").ok()


def _rotate_by_schedule(registry: Installation) -> None:
    """Let the CronJob's job run now, and the node look at the pod's volumes, which it does once a minute by itself."""
    name = f"{registry.full}-rotation"
    registry.cluster.kubectl("-n", registry.name, "create", "job", "now", f"--from=cronjob/{name}")
    pod = registry.pod()["metadata"]["name"]

    def done() -> bool:
        registry.cluster.kubectl("-n", registry.name, "annotate", "--overwrite", "pod", pod, f"looked={uuid.uuid4()}")
        return bool(registry.get("job", "now").get("status", {}).get("succeeded"))

    eventually(done, "the logins are replaced", pause=2)


@dataclass
class Puller:
    """Pulls every 0.2 s by the login that a namespace has.

    Attributes:
        pulls: that succeeded.
        failures: what the others got.
    """

    registry: Installation
    namespace: str
    pulls: int = 0
    failures: list[str] = field(default_factory=list)

    def work(self, over: threading.Event) -> None:
        """Go on until it is over."""
        while not over.is_set():
            client = by_http(self.registry, *_login(self.registry, self.namespace))
            answer = client("GET", "/v2/shop/manifests/1")
            if answer.status == 200:
                layer = json.loads(answer.body)["layers"][0]["digest"]
                answer = client("GET", f"/v2/shop/blobs/{layer}")
            if answer.status == 200:
                self.pulls += 1
            else:
                self.failures.append(f"{client.user}: {answer.status}")
            over.wait(0.2)


def _login(registry: Installation, namespace: str) -> tuple[str, str]:
    live = registry.cluster.get("-n", namespace, "secret", "private-registry")
    login = json.loads(base64.b64decode(live["data"][".dockerconfigjson"]))["auths"][registry.host]
    return login["username"], login["password"]


def test_the_admins_password_is_that_of_a_secret_which_stays_as_it_is(
    registry: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = {"REGISTRY_ADMIN_PASSWORD": "", "REGISTRY_ADMIN_SECRET_NAME": "admin-login"}
    with monkeypatch.context() as until:
        until.setattr(registry, "environment", {**registry.environment, **named})
        assert f"the namespace {registry.name} has no Secret admin-login" in registry.sk("deploy", "registry").refused()
        _store_login(registry, "by others")
        stored = registry.get("secret", "admin-login")
        registry.sk("deploy", "registry").ok()
        assert by_http(registry, "admin", "by others")("GET", "/v2/").status == 200
        assert registry.get("secret", "admin-login") == stored

        _store_login(registry, "by others, later")
        told = "in Secret admin-login is another one by now: sk deploy registry"
        assert told in registry.sk("status", "registry").stdout
        assert f"Secret {registry.name}/{registry.full}-secret" in registry.sk("diff", "registry").stdout
        registry.sk("deploy", "registry").ok()
        assert by_http(registry, "admin", "by others")("GET", "/v2/").status == 401
        assert by_http(registry, "admin", "by others, later")("GET", "/v2/").status == 200
    registry.cluster.kubectl("-n", registry.name, "delete", "secret", "admin-login")
    registry.sk("deploy", "registry").ok()


def _store_login(registry: Installation, secret: str) -> None:
    metadata = {"name": "admin-login", "namespace": registry.name}
    content = {"username": "admin", "password": secret}
    made = {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/basic-auth", "metadata": metadata}
    registry.cluster.apply(json.dumps({**made, "stringData": content}))


def test_by_every_other_way_in_who_may_only_pull_does_nothing_else(
    registry: Installation, namespace: str, authority: Authority
) -> None:
    make_gateway(registry.cluster, namespace, registry.host, authority)
    registry.sk("deploy", "registry", REGISTRY_EXPOSE="gateway", REGISTRY_GATEWAY=f"{namespace}/edge").ok()
    web = by_http(registry, "web", password(registry, "web"))
    eventually(lambda: web("GET", "/v2/").status == 200, "the way in serves", steady=4)
    walk = Walk(by_http(registry, "ci", CI_PASSWORD))
    assert walk.refused(web) == []
    assert walk.answers(web, walk.begin()) == {200}

    # Nothing balances the load of this cluster; its nodes' ports lead where a balancer would.
    for mode in ("nodeport", "loadbalancer"):
        registry.sk("deploy", "registry", REGISTRY_EXPOSE=mode, REGISTRY_NETWORK_POLICY_FROM="").ok()
        (entry,) = registry.get("service", registry.full)["spec"]["ports"]
        port = partial(http.client.HTTPConnection, registry.cluster.node_address(), entry["nodePort"], timeout=PATIENCE)
        web = Client(port, "web", password(registry, "web"))
        assert web("GET", "/v2/").status == 200
        assert web("POST", "/v2/app/blobs/uploads/").status == 401
        assert Client(port, "ci", CI_PASSWORD)("POST", "/v2/app/blobs/uploads/").status == 202
    rendered = registry.sk("deploy", "registry", "--render").ok()
    assert "kind: NetworkPolicy" in rendered
    applied = ("apply", "--server-side", "--force-conflicts", "--dry-run=server", "-f", "-")
    registry.cluster.kubectl(*applied, stdin=rendered)
    registry.sk("deploy", "registry").ok()


def test_everybody_pulls_where_that_is_allowed(registry: Installation, namespace: str, anybody: Crane) -> None:
    as_user(registry.crane, registry, "ci", CI_PASSWORD)
    registry.sk("deploy", "registry", REGISTRY_ANONYMOUS_PULL="Y").ok()
    registry.crane("push", _busybox(registry), f"{registry.host}/public/busybox:1").ok()
    anybody("validate", "--remote", f"{registry.host}/public/busybox:1").ok()
    # With a token that is refused crane sends the body a second time, of which nothing is left: an ingress says 502.
    anybody("tag", f"{registry.host}/public/busybox:1", "2").refused()
    anybody("digest", f"{registry.host}/public/busybox:2").refused()
    # containerd, and no pull secret.
    container = {"name": "it", "image": f"{registry.host}/public/busybox:1", "command": ["true"]}
    spec = {"restartPolicy": "Never", "containers": [container]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "it", "namespace": namespace}, "spec": spec}
    registry.cluster.apply(json.dumps(pod))
    done = "--for=jsonpath={.status.phase}=Succeeded"
    registry.cluster.kubectl("-n", namespace, "wait", "pod/it", done, "--timeout=300s")
    registry.sk("deploy", "registry").ok()
    assert "UNAUTHORIZED" in _told(anybody("digest", f"{registry.host}/public/busybox:1").refused())


def _told(told: str) -> str:
    """A client tells the status alone where the registry sent no more, as it does for HEAD."""
    return told.replace("401 Unauthorized", "UNAUTHORIZED")


def _busybox(registry: Installation) -> Path:
    file = registry.crane.home / "busybox.tar"
    subprocess.run(["docker", "save", "-o", file, "busybox:1.37"], check=True)
    return file
