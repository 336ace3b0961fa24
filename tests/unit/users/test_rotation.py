"""What a schedule of new logins adds to the plan, and the little that its job may."""

from __future__ import annotations

import json
from typing import Any

from solakube_registry.configure import configure

from solakube_core.model import Access, Layout
from solakube_core.testing import Place
from tests.unit.exposure.places import NAMES, settings
from tests.unit.users.test_front import ADMIN, made, planned

SCHEDULED = {"REGISTRY_ROTATE_SCHEDULE": "0 4 * * 0"}
NAME = "registry-docker-registry-rotation"


def added(**values: str) -> dict[str, Any]:
    return {item["kind"]: item for item in planned(**SCHEDULED, **values).objects if item["metadata"]["name"] == NAME}


def test_without_it_nothing_of_it_is_there() -> None:
    assert not [item for item in planned(REGISTRY_PULL_USERS="web").objects if item["metadata"]["name"] == NAME]


def test_its_job_may_read_and_change_two_names_of_secrets_and_nothing_else() -> None:
    objects = added()
    rights = {"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "patch"]}
    assert objects["Role"]["rules"] == [{**rights, "resourceNames": [NAMES.secret.name]}]
    assert objects["ClusterRole"]["rules"] == [{**rights, "resourceNames": ["private-registry"]}]
    subject = {"kind": "ServiceAccount", "name": NAME, "namespace": "registry"}
    for kind in ("Role", "ClusterRole"):
        binding = objects[f"{kind}Binding"]
        assert binding["subjects"] == [subject]
        assert (binding["roleRef"]["kind"], binding["roleRef"]["name"]) == (kind, NAME)
        assert binding["metadata"].get("namespace") == objects[kind]["metadata"].get("namespace")
    assert objects["Role"]["metadata"]["namespace"] == "registry"
    pod = objects["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert (pod["serviceAccountName"], pod["automountServiceAccountToken"]) == (NAME, True)


def test_it_is_told_where_the_registry_is_and_how_long_old_logins_hold() -> None:
    objects = added(REGISTRY_ROTATE_GRACE="2h")
    assert objects["CronJob"]["spec"]["schedule"] == "0 4 * * 0"
    container = objects["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
    assert container["command"][3:] == ["rotate", "--policy", "/etc/solakube-policy/policy.json"]
    service = made(planned(), "Service", NAMES.backend.service)
    assert json.loads(objects["ConfigMap"]["data"]["policy.json"]) == {
        "namespace": "registry",
        "secret": NAMES.secret.name,
        "pull_secret": "private-registry",
        "registry": f"http://{service['metadata']['name']}.registry.svc:{service['spec']['ports'][0]['port']}",
        "grace": "2h",
        "settle": 0,
    }


def test_a_policy_of_the_network_lets_the_job_in() -> None:
    plan = planned(**SCHEDULED, REGISTRY_NETWORK_POLICY="on")
    labels = made(plan, "CronJob", NAME)["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    (rule,) = made(plan, "NetworkPolicy", NAMES.network_policy.name)["spec"]["ingress"]
    assert rule == {"ports": [{"port": 5000, "protocol": "TCP"}], "from": [{"podSelector": {"matchLabels": labels}}]}
    assert labels["app"] not in made(plan, "Service", NAMES.backend.service)["spec"]["selector"].values()


def test_who_makes_it_has_to_have_the_rights_himself() -> None:
    found = set(configure(settings(**ADMIN, **SCHEDULED), (), Place()).access)
    assert {Access("get", "", "secrets"), Access("patch", "", "secrets")} <= found
    rbac = "rbac.authorization.k8s.io"
    assert {Access("create", rbac, "roles", "registry"), Access("create", rbac, "clusterrolebindings")} <= found
    assert not any(access.group == rbac for access in configure(settings(**ADMIN), (), Place()).access)


class Machine(Place):
    """One without a cluster."""

    def layout(self, component: str, in_container: Layout) -> Layout:
        return Layout("/data", "/config")


def test_one_machine_has_no_namespaces() -> None:
    found = configure(settings(cluster_type="local", **ADMIN, **SCHEDULED), (), Machine()).problems
    assert [problem.what for problem in found] == ["REGISTRY_ROTATE_SCHEDULE has no effect on one machine"]
