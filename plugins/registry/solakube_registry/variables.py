"""The settings that the registry reads."""

from __future__ import annotations

from solakube_core.plugin import Variable
from solakube_registry.backup.variables import BACKUP_VARIABLES
from solakube_registry.exposure.variables import EXPOSURE_VARIABLES, NETWORK_POLICY_VARIABLES
from solakube_registry.maintenance.images import IMAGE_VARIABLES
from solakube_registry.maintenance.retention import RETENTION_VARIABLES
from solakube_registry.maintenance.variables import HOLDER_VARIABLES, MAINTENANCE_VARIABLES
from solakube_registry.monitoring.variables import MONITORING_VARIABLES
from solakube_registry.object_storage.variables import OBJECT_STORAGE_VARIABLES
from solakube_registry.private.variables import ANNOUNCING_VARIABLES, ROTATION_VARIABLES
from solakube_registry.private.variables import variables as private_variables
from solakube_registry.users.variables import USER_VARIABLES

DEPLOYMENT_VARIABLES = (
    Variable("REGISTRY_ADMIN_PASSWORD", "${SK_ADMIN_PASSWORD}", "password of the user admin", "string", secret=True),
    Variable("REGISTRY_ADMIN_SECRET_NAME", None, "a Secret with `password`, instead of that", "dns-name"),
    Variable("SK_ADMIN_PASSWORD", None, "password of all components' admin users", "string", secret=True),
    Variable("REGISTRY_APP_NAME", "registry", "name of the installation and of its namespace", "dns-name"),
    Variable("REGISTRY_IMAGE", "registry:3", "the registry's image; 2.8 works, too"),
    *IMAGE_VARIABLES,
    Variable("REGISTRY_STORAGE_CLASS", None, "storage classes, most wanted first", "list"),
    Variable("REGISTRY_PVC_SIZE", "10Gi", "size of the volume; a larger one later expands it", "quantity"),
    Variable("REGISTRY_READ_ONLY", "N", "refuse pushes and deletes; pulls go on", "boolean"),
    Variable("REGISTRY_PORT", "5000", "local engine: TCP port; the next two are for metrics", "integer"),
    Variable("REGISTRY_BINARY", None, "local engine: the registry's executable"),
    Variable("REGISTRY_DATA_DIR", None, "local engine: folder of the images"),
    Variable("REGISTRY_USERNAME", None, "user of another registry, for --url; else docker's login"),
    Variable("REGISTRY_PASSWORD", None, "that user's password", "string", secret=True),
)

VARIABLES = (
    *DEPLOYMENT_VARIABLES,
    *OBJECT_STORAGE_VARIABLES,
    *EXPOSURE_VARIABLES,
    *private_variables(),
    *ANNOUNCING_VARIABLES,
    *BACKUP_VARIABLES,
    *MAINTENANCE_VARIABLES,
    *MONITORING_VARIABLES,
    *RETENTION_VARIABLES,
    *HOLDER_VARIABLES,
    *USER_VARIABLES,
    *ROTATION_VARIABLES,
    *NETWORK_POLICY_VARIABLES,
)
"""All settings of the registry."""
