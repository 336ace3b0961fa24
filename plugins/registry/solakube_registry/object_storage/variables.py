"""The settings of a registry in an object storage."""

from __future__ import annotations

from solakube_regtool.s3 import DEFAULT_REGION

from solakube_core.plugin import Variable

VOLUME, S3 = "volume", "s3"
AUTO, ON, OFF = "auto", "on", "off"

OBJECT_STORAGE_VARIABLES = (
    Variable("REGISTRY_STORAGE", VOLUME, "where the images are: on a volume, or in a bucket", choices=(VOLUME, S3)),
    Variable("REGISTRY_S3_ENDPOINT", None, "s3: URL of the server; Amazon's where it is not set"),
    Variable("REGISTRY_S3_BUCKET", None, "s3: name of the bucket, which is there already"),
    Variable("REGISTRY_S3_REGION", DEFAULT_REGION, "s3: region of the bucket"),
    Variable("REGISTRY_S3_PREFIX", None, "s3: what the names of all objects begin with, before a slash"),
    Variable(
        "REGISTRY_S3_PATH_STYLE", None, "s3: the bucket is named in the path; Y with an endpoint, else N", "boolean"
    ),
    Variable("REGISTRY_S3_AUTHORITY", None, "s3: PEM file with the authority of the endpoint's certificate"),
    Variable("REGISTRY_S3_ACCESS_KEY", None, "s3: who the registry is there", secret=True),
    Variable("REGISTRY_S3_SECRET_KEY", None, "s3: what proves it", secret=True),
    Variable("REGISTRY_S3_SECRET_NAME", None, "s3: a Secret that has both as s3AccessKey and s3SecretKey"),
    Variable(
        "REGISTRY_S3_REDIRECT", AUTO, "s3: clients fetch layers from the endpoint itself", choices=(AUTO, ON, OFF)
    ),
    Variable("REGISTRY_REPLICAS", "1", "how many registries share the work; several need an object storage", "integer"),
)
