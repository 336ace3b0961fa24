"""What a cluster could roll back to is not pruned."""

from __future__ import annotations

from tests.e2e.support.installation import Installation


def test_an_image_that_a_revision_names_stays(deployed: Installation) -> None:
    for tag in ("1.0.0", "1.0.1", "1.0.2"):
        deployed.push(f"team/app:{tag}", {"content": tag.encode()})
    namespace = f"--namespace={deployed.name}"
    image = f"{deployed.host}/team/app:1.0.0"
    deployed.cluster.kubectl("create", "deployment", "web", namespace, f"--image={image}", "--replicas=0")
    policy = {"REGISTRY_RETENTION_PATCH_RELEASES": "1"}
    deployed.environment.update(policy)
    told = deployed.sk("registry", "prune", "--yes").ok()
    assert f"keep team/app:1.0.0, held by Deployment {deployed.name}/web" in told
    assert "deleted team/app:1.0.1" in told
    assert deployed.sk("registry", "regtool", "list", "team/app").ok() == "1.0.0\n1.0.2\n"
