"""What is rendered and applied by others is the installation that `sk` would have made."""

from __future__ import annotations

from tests.e2e.support.installation import Installation


def test_what_kubectl_applies_is_known(inside: Installation) -> None:
    manifests = inside.sk("deploy", "registry", "--render", "--show-secrets").ok()
    inside.cluster.kubectl("apply", "-f", "-", stdin=manifests)
    inside.cluster.kubectl("rollout", "status", f"deployment/{inside.full}", "-n", inside.name, "--timeout=300s")
    assert f"Deployment {inside.name}/{inside.full}: ready" in inside.sk("status", "registry").ok()
    assert "unchanged" in inside.sk("diff", "registry", "--exit-code").ok()
    assert "export PRIVATE_REGISTRY_FQN=" in inside.sk("registry", "show-private").ok()
    inside.sk("registry", "grant", "default").ok()
    inside.cluster.kubectl("delete", "secret", "private-registry", "-n", "default", "--ignore-not-found")
    inside.sk("undeploy", "registry", "--yes", "--delete-data").ok()
    assert "is not deployed" in inside.sk("status", "registry").stdout
    assert not inside.exists()


def test_it_can_be_gone_on_with_by_sk(inside: Installation) -> None:
    inside.cluster.kubectl("apply", "-f", "-", stdin=inside.sk("deploy", "registry", "--render", "--show-secrets").ok())
    inside.sk("deploy", "registry").ok()
    assert "nothing to change" in inside.sk("deploy", "registry").stderr
