"""The settings of exposure, certificates and the network policy."""

from __future__ import annotations

from solakube_core.plugin import Variable

MODES = ("auto", "ingress", "gateway", "nodeport", "loadbalancer", "none")
TLS_MODES = ("auto", "secret", "wildcard", "cert-manager", "self-signed", "files", "none")

OFF, ON = "off", "on"
POLICY, FROM = "REGISTRY_NETWORK_POLICY", "REGISTRY_NETWORK_POLICY_FROM"
SCRAPERS = "REGISTRY_NETWORK_POLICY_METRICS_FROM"

EXPOSURE_VARIABLES = (
    Variable("REGISTRY_EXPOSE", "auto", "how the registry is reached from outside", choices=MODES),
    Variable("REGISTRY_EXPOSE_PROVIDER", None, "plugin that exposes it, where several want to"),
    Variable("REGISTRY_FQN", "registry.${CLUSTER_FQN}", "public name of the registry", "dns-name"),
    Variable("REGISTRY_INGRESS_CLASS", None, "ingress class; else the default or the only one"),
    Variable("REGISTRY_GATEWAY", None, "NAMESPACE/NAME of the Gateway; else the only one that fits"),
    Variable("REGISTRY_NODE_PORT", "30500", "port on every node, for REGISTRY_EXPOSE=nodeport", "integer"),
    Variable("REGISTRY_TLS", "auto", "where the certificate comes from", choices=TLS_MODES),
    Variable("REGISTRY_TLS_SECRET_NAME", None, "TLS secret of your own, in the registry's namespace", "dns-name"),
    Variable("REGISTRY_TLS_CERTIFICATE", None, "local engine: PEM file of the certificate, its chain included"),
    Variable("REGISTRY_TLS_KEY", None, "local engine: PEM file of its private key"),
    Variable("REGISTRY_LISTEN", "127.0.0.1", "local engine: IP address to listen on; 0.0.0.0 for every network"),
    Variable("REGISTRY_CERT_ISSUER", "letsencrypt-http01", "ClusterIssuer of cert-manager", "dns-name"),
    Variable("CLUSTER_CERT_SECRET_NAME", "cluster-fqn-tls", "the cluster's wildcard certificate", "dns-name"),
    Variable("LETS_ENCRYPT_DEPLOY_WC_CERT", "N", "there is a wildcard certificate", "boolean"),
)

NETWORK_POLICY_VARIABLES = (
    Variable(POLICY, OFF, "let nobody in the cluster reach the registry's pods but who has to", choices=(OFF, ON)),
    Variable(FROM, None, "who may reach them then: namespaces and CIDRs, such as the ingress controller's", "list"),
    Variable(SCRAPERS, None, "who may read their metrics then: namespaces and CIDRs", "list"),
)
