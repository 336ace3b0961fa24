"""Which keys a registry's chart-values.yaml has: those of the docker-registry Helm chart, version 3.0.0.

Source: https://github.com/twuni/docker-registry.helm, values.yaml
"""

from __future__ import annotations

from solakube_core.plugin import Items, Schema, Texts

SCHEMA: Schema = {
    "affinity": dict,
    "autoscaling": dict,
    "configData": dict,
    "configPath": str,
    "containerSecurityContext": dict,
    "deployment": {"annotations": Texts},
    "extraEnvVars": Items({"name": str, "value": str, "valueFrom": dict}),
    "extraVolumeMounts": list,
    "extraVolumes": list,
    "fullnameOverride": str,
    "garbageCollect": dict,
    "image": {"pullPolicy": str, "repository": str, "tag": str},
    "imagePullSecrets": list,
    "ingress": dict,
    "initContainers": list,
    "metrics": dict,
    "nameOverride": str,
    "namespace": str,
    "nodeSelector": Texts,
    "persistence": {
        "accessMode": str,
        "deleteEnabled": bool,
        "enabled": bool,
        "existingClaim": str,
        "size": str,
        "storageClass": str,
    },
    "podAnnotations": Texts,
    "podDisruptionBudget": dict,
    "podLabels": Texts,
    "priorityClassName": str,
    "proxy": dict,
    "replicaCount": int,
    "resources": dict,
    "s3": dict,
    "secrets": dict,
    "securityContext": dict,
    "service": {
        "annotations": Texts,
        "clusterIP": str,
        "externalTrafficPolicy": str,
        "labels": Texts,
        "loadBalancerIP": str,
        "loadBalancerSourceRanges": list,
        "name": str,
        "nodePort": int,
        "port": int,
        "sessionAffinity": str,
        "sessionAffinityConfig": dict,
        "type": str,
    },
    "serviceAccount": dict,
    "storage": str,
    "swift": dict,
    "tlsSecretName": str,
    "tolerations": list,
    "topologySpreadConstraints": list,
    "updateStrategy": dict,
}
