"""The ways in: what each returns, and what `auto` says about its choice."""

from __future__ import annotations

from typing import Any

import pytest
from solakube_registry.exposure.access import access
from solakube_registry.exposure.choice import expose

from solakube_core.errors import SolakubeError
from solakube_core.model import Exposure, Manifest
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import FQN, NAMES, ingress_class, secret, settings

TRAEFIK = ingress_class("traefik", "traefik.io/ingress-controller")
NGINX = ingress_class("nginx", "k8s.io/ingress-nginx")
OWN = secret("own", tls_crt="chain", tls_key="key")
GATEWAY_CLASS = thing("gateway.networking.k8s.io/v1", "GatewayClass", "envoy", spec={"controllerName": "envoy"})


def exposed(*objects: Manifest, cluster_type: str = "hetzner", **values: str) -> Exposure:
    chosen = settings(cluster_type=cluster_type, REGISTRY_TLS_SECRET_NAME="own", **values)
    return expose(chosen, NAMES.backend, Place((OWN, *objects)))


def gateway(*listeners: dict[str, Any], name: str = "public", gateway_class: str = "envoy") -> Manifest:
    spec = {"gatewayClassName": gateway_class, "listeners": list(listeners)}
    return thing("gateway.networking.k8s.io/v1", "Gateway", name, "edge", spec=spec)


def listener(name: str = "https", protocol: str = "HTTPS", port: int = 443, **fields: Any) -> dict[str, Any]:
    allowed = {"namespaces": {"from": "All"}}
    return {"name": name, "protocol": protocol, "port": port, "allowedRoutes": allowed, **fields}


def url(exposure: Exposure) -> str:
    return exposure.address.url if exposure.address else ""


def test_an_ingress_of_todays_api_leads_to_the_service() -> None:
    exposure = exposed(NGINX, REGISTRY_EXPOSE="ingress")
    (made,) = exposure.objects
    assert (made["apiVersion"], made["kind"]) == ("networking.k8s.io/v1", "Ingress")
    assert made["metadata"]["name"] == "docker-registry"
    assert made["spec"]["ingressClassName"] == "nginx"
    assert made["spec"]["tls"] == [{"hosts": [FQN], "secretName": "own"}]
    (rule,) = made["spec"]["rules"]
    service = {"name": "registry-docker-registry", "port": {"number": 5000}}
    assert rule == {
        "host": FQN,
        "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": {"service": service}}]},
    }
    assert url(exposure) == f"https://{FQN}"


def test_without_a_certificate_there_is_no_empty_tls_entry() -> None:
    exposure = expose(settings(cluster_type="minikube", REGISTRY_EXPOSE="ingress"), NAMES.backend, Place((NGINX,)))
    assert "tls" not in exposure.objects[0]["spec"]
    assert url(exposure) == f"http://{FQN}"


def test_annotations_outdated_or_without_effect_are_gone() -> None:
    # Bug 17 of the original: class annotation and certmanager.k8s.io; a size limit of 30720m.
    annotations = exposed(NGINX, REGISTRY_EXPOSE="ingress").objects[0]["metadata"]["annotations"]
    assert not [name for name in annotations if name.startswith(("kubernetes.io/", "certmanager.k8s.io"))]
    assert "nginx.ingress.kubernetes.io/rewrite-target" not in annotations


@pytest.mark.parametrize(
    ("controller", "wanted"),
    [
        (
            "k8s.io/ingress-nginx",
            {
                "nginx.ingress.kubernetes.io/proxy-body-size": "0",
                "nginx.ingress.kubernetes.io/proxy-request-buffering": "off",
                "nginx.ingress.kubernetes.io/proxy-read-timeout": "900",
            },
        ),
        ("nginx.org/ingress-controller", {"nginx.org/client-max-body-size": "0"}),
        ("haproxy.org/ingress-controller", {"haproxy.org/timeout-server": "900s"}),
        ("haproxy-ingress.github.io/controller", {"haproxy-ingress.github.io/proxy-body-size": "unlimited"}),
        (
            "traefik.io/ingress-controller",
            {
                "traefik.ingress.kubernetes.io/router.entrypoints": "websecure",
                "traefik.ingress.kubernetes.io/router.tls": "true",
            },
        ),
    ],
)
def test_large_layers_pass_each_controller(controller: str, wanted: dict[str, str]) -> None:
    annotations = exposed(ingress_class("it", controller), REGISTRY_EXPOSE="ingress").objects[0]["metadata"][
        "annotations"
    ]
    assert wanted.items() <= annotations.items()
    domain = controller.partition("/")[0]
    foreign = {"nginx": "haproxy", "haproxy": "nginx", "traefik": "nginx"}
    assert not [name for key, other in foreign.items() if key in domain for name in annotations if other in name]


def test_an_unknown_controller_gets_no_annotations() -> None:
    assert exposed(ingress_class("it", "example.com/own")).objects[0]["metadata"]["annotations"] == {}


def test_the_class_is_the_named_one_else_the_default_else_the_only_one() -> None:
    def taken(*classes: Manifest, **values: str) -> str:
        name: str = exposed(*classes, REGISTRY_EXPOSE="ingress", **values).objects[0]["spec"]["ingressClassName"]
        return name

    default = ingress_class("traefik", "traefik.io/ingress-controller", default=True)
    assert taken(NGINX, default, REGISTRY_INGRESS_CLASS="nginx") == "nginx"
    assert taken(NGINX, default) == "traefik"
    assert taken(NGINX) == "nginx"


@pytest.mark.parametrize(
    ("classes", "wanted", "what"),
    [
        ((), "", "there is no ingress controller"),
        ((NGINX,), "traefik", "there is no ingress class traefik"),
        ((NGINX, TRAEFIK), "", "there are several ingress controllers and no single default"),
    ],
)
def test_no_single_class_is_a_problem(classes: tuple[Manifest, ...], wanted: str, what: str) -> None:
    exposure = exposed(*classes, REGISTRY_EXPOSE="ingress", REGISTRY_INGRESS_CLASS=wanted)
    assert [problem.what for problem in exposure.problems] == [what]


def test_a_name_is_needed() -> None:
    for mode in ("ingress", "gateway"):
        exposure = exposed(NGINX, gateway(listener()), REGISTRY_EXPOSE=mode, CLUSTER_FQN="")
        assert "the registry has no public name" in [problem.what for problem in exposure.problems]


def test_a_route_on_the_gateway_that_fits() -> None:
    plain = listener("http", "HTTP", 80)
    exposure = exposed(GATEWAY_CLASS, gateway(plain, listener()), REGISTRY_EXPOSE="gateway")
    (route,) = exposure.objects
    assert (route["apiVersion"], route["kind"]) == ("gateway.networking.k8s.io/v1", "HTTPRoute")
    assert route["spec"]["parentRefs"] == [{"name": "public", "namespace": "edge", "sectionName": "https"}]
    assert route["spec"]["hostnames"] == [FQN]
    assert route["spec"]["rules"] == [{"backendRefs": [{"name": "registry-docker-registry", "port": 5000}]}]
    assert {entry.until for entry in exposure.awaits} == {"observed"}
    assert (exposure.problems, url(exposure)) == ((), f"https://{FQN}")


def test_the_address_has_the_listeners_port_except_behind_traefik() -> None:
    def at(controller: str) -> str:
        gateway_class = thing("gateway.networking.k8s.io/v1", "GatewayClass", "it", spec={"controllerName": controller})
        made = gateway(listener(port=8443), gateway_class="it")
        return url(exposed(gateway_class, made, REGISTRY_EXPOSE="gateway"))

    assert at("gateway.envoyproxy.io/gatewayclass-controller") == f"https://{FQN}:8443"
    assert at("traefik.io/gateway-controller") == f"https://{FQN}"


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        ({}, True),
        ({"hostname": FQN}, True),
        ({"hostname": "*.example.com"}, True),
        ({"hostname": "*.com"}, True),
        ({"hostname": "*.ample.com"}, False),
        ({"hostname": "other.example.com"}, False),
        ({"protocol": "TCP"}, False),
        ({"allowedRoutes": {"namespaces": {"from": "Same"}}}, False),
        ({"allowedRoutes": None}, False),
    ],
)
def test_which_listeners_fit(fields: dict[str, Any], fits: bool) -> None:
    exposure = exposed(gateway(listener(**fields)), REGISTRY_EXPOSE="gateway")
    assert (not exposure.problems) == fits


def test_several_gateways_need_a_word_from_the_user() -> None:
    two = (gateway(listener(), name="one"), gateway(listener(), name="two"))
    (problem,) = exposed(*two, REGISTRY_EXPOSE="gateway").problems
    assert (problem.what, problem.why) == ("several Gateways fit", "the cluster has: edge/one, edge/two")
    route = exposed(*two, REGISTRY_EXPOSE="gateway", REGISTRY_GATEWAY="edge/two").objects[0]
    assert route["spec"]["parentRefs"][0]["name"] == "two"


def test_a_node_port_of_a_node_with_an_address_outsiders_reach() -> None:
    addresses = [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "ExternalIP", "address": "2001:db8::1"}]
    node = thing("v1", "Node", "one", status={"addresses": addresses})
    exposure = exposed(node, REGISTRY_EXPOSE="nodeport", REGISTRY_NODE_PORT="30600")
    assert exposure.objects == ()
    assert exposure.service["type"] == "NodePort"
    entry = {"name": "http-5000", "port": 5000, "protocol": "TCP", "targetPort": 5000, "nodePort": 30600}
    assert exposure.service["ports"] == [entry]
    assert url(exposure) == "http://[2001:db8::1]:30600"
    assert "insecure" in exposure.explanation


def test_a_load_balancer_and_nothing() -> None:
    balanced = exposed(REGISTRY_EXPOSE="loadbalancer")
    assert (balanced.objects, balanced.service, balanced.address) == ((), {"type": "LoadBalancer"}, None)
    nothing = exposed(NGINX, REGISTRY_EXPOSE="none")
    assert (nothing.mode, nothing.objects, nothing.service, nothing.address) == ("none", (), {}, None)
    assert "sk registry forward" in nothing.explanation


@pytest.mark.parametrize(
    ("objects", "fqn", "mode", "why"),
    [
        ((NGINX, gateway(listener())), "example.com", "ingress", "chosen since there is an ingress controller"),
        ((gateway(listener()),), "example.com", "gateway", "chosen since there is a Gateway that fits"),
        ((), "example.com", "none", "there is neither an ingress controller nor a Gateway that fits"),
        ((NGINX,), "", "none", "there is no name to serve"),
    ],
)
def test_auto_says_why(objects: tuple[Manifest, ...], fqn: str, mode: str, why: str) -> None:
    exposure = exposed(*objects, CLUSTER_FQN=fqn)
    assert exposure.mode == mode
    assert why in exposure.explanation


def test_permissions_are_those_of_the_mode() -> None:
    ingress, routes = {"ingressclasses", "ingresses"}, {"gateways", "gatewayclasses", "httproutes"}
    issued = {"clusterissuers", "certificates"}
    assert resources(ISSUER, REGISTRY_EXPOSE="ingress") == ingress | issued
    assert resources(REGISTRY_EXPOSE="ingress") == ingress
    assert resources(ISSUER, REGISTRY_EXPOSE="ingress", REGISTRY_TLS_SECRET_NAME="own") == ingress
    assert resources(REGISTRY_EXPOSE="gateway") == routes
    assert resources(REGISTRY_EXPOSE="nodeport") == {"nodes"}
    assert resources(NGINX, ISSUER, REGISTRY_EXPOSE="none") == set()


def test_auto_takes_the_permissions_of_what_it_comes_to() -> None:
    ingress, routes = {"ingressclasses", "ingresses"}, {"gateways", "gatewayclasses", "httproutes"}
    assert resources(NGINX, gateway(listener())) == ingress
    assert resources(gateway(listener())) == {"ingressclasses"} | routes
    assert resources() == {"ingressclasses"}
    assert resources(NGINX, ISSUER, CLUSTER_FQN="") == set()


def test_what_may_not_be_asked_may_be_there() -> None:
    found = {entry.resource for entry in access(settings(), Closed())}
    assert found == {"ingressclasses", "ingresses", "clusterissuers", "certificates"}


class Closed(Place):
    """A place that answers nobody."""

    def list(self, *_: object, **__: object) -> tuple[Manifest, ...]:
        raise SolakubeError("you may not")


ISSUER = thing("cert-manager.io/v1", "ClusterIssuer", "letsencrypt-prod")


def resources(*objects: Manifest, **values: str) -> set[str]:
    return {entry.resource for entry in access(settings(**values), Place(objects))}


def test_another_app_name_moves_the_way_in_with_everything_else() -> None:
    # Bug 4 of the original: namespace and Ingress stayed `registry`.
    from solakube_registry.naming import Names

    backend = Names("images").backend
    own = secret("own", "images", tls_crt="chain", tls_key="key")
    chosen = settings(REGISTRY_APP_NAME="images", REGISTRY_TLS_SECRET_NAME="own")
    (made,) = expose(chosen, backend, Place((NGINX, own))).objects
    assert made["metadata"]["namespace"] == "images"
    assert made["metadata"]["labels"] == {"app": "docker-registry", "instance": "images"}
    path = made["spec"]["rules"][0]["http"]["paths"][0]
    assert path["backend"]["service"]["name"] == "images-docker-registry"
