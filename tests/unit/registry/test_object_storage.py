"""A registry with its images in a bucket: what settings and values say of it, what is refused, and what is made."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from solakube_registry import configure, plan
from solakube_registry.maintenance.regtool import maintenance
from solakube_registry.object_storage.redirect import redirect
from solakube_registry.processes.config import SECRETS
from solakube_regtool.s3.address import Address

from solakube_core.model import Manifest, Plan
from solakube_core.testing import Place, thing
from tests.unit.exposure.places import NAMES, Machine, secret, settings

WANTED = {
    "REGISTRY_ADMIN_PASSWORD": "secret",
    "REGISTRY_STORAGE": "s3",
    "REGISTRY_S3_BUCKET": "images",
    "REGISTRY_S3_ENDPOINT": "http://127.0.0.1:1",
    "REGISTRY_S3_ACCESS_KEY": "access",
    "REGISTRY_S3_SECRET_KEY": "hush-hush",
}
CLAIM = thing("v1", "PersistentVolumeClaim", NAMES.claim.name, "registry", spec={"accessModes": ["ReadWriteOnce"]})
KEYS = secret("mine", s3AccessKey="access", s3SecretKey="hush-hush")
NO_KEYS = {"REGISTRY_S3_ACCESS_KEY": "", "REGISTRY_S3_SECRET_KEY": ""}

NOTHING = Place()


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody answers at the endpoint: that is found out at once."""
    monkeypatch.setattr("solakube_regtool.http.transport._FIRST_PAUSE", 0.0)


def certificate() -> str:
    """A certificate of an authority."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "of the store")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    dated = builder.serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    made = dated.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def root(tmp_path: Path, values: dict[str, Any]) -> tuple[Path, ...]:
    """A root whose chart-values.yaml has these values."""
    file = tmp_path / "deployment" / "registry" / "chart-values.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(values))
    return (tmp_path,)


def told(place: Place = NOTHING, roots: tuple[Path, ...] = (), /, **changes: str) -> str:
    """All problems of a configuration that differs in these settings."""
    found = configure.configure(settings(**{**WANTED, **changes}), roots, place)
    return "\n".join(map(str, found.problems))


def planned(place: Place = NOTHING, roots: tuple[Path, ...] = (), /, **changes: str) -> Plan:
    return plan.deploy(settings(**{**WANTED, **changes}), roots, None, None, place)


def made(found: Plan, kind: str) -> Manifest | None:
    return next((item for item in found.objects if item["kind"] == kind), None)


def pod(found: Plan) -> Any:
    return (made(found, "Deployment") or {})["spec"]["template"]


def container(found: Plan, name: str = "docker-registry") -> Any:
    return next(entry for entry in pod(found)["spec"]["containers"] if entry["name"] == name)


def config(found: Plan) -> Any:
    text = next(item["data"]["config.yml"] for item in found.objects if "config.yml" in item.get("data", {}))
    return json.loads(text)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"REGISTRY_S3_BUCKET": ""}, "REGISTRY_S3_BUCKET is not set"),
        ({"REGISTRY_S3_BUCKET": "My_Images"}, "is no bucket's name"),
        ({"REGISTRY_S3_ENDPOINT": "ftp://store"}, "REGISTRY_S3_ENDPOINT=ftp://store cannot be used"),
        ({"REGISTRY_S3_ENDPOINT": "https://store/images"}, "without a path or a login"),
        ({"REGISTRY_S3_SECRET_KEY": ""}, "REGISTRY_S3_SECRET_KEY is not set"),
        ({"REGISTRY_S3_SECRET_NAME": "mine"}, "the keys are named twice"),
        ({"REGISTRY_S3_AUTHORITY": "/nonexistent/ca.pem"}, "REGISTRY_S3_AUTHORITY=/nonexistent/ca.pem cannot be used"),
        ({"REGISTRY_IMAGE": "registry:2.8.3"}, "it takes registry 3.1.2 or later"),
        ({"REGISTRY_IMAGE": "registry:3.1.1"}, "it takes registry 3.1.2 or later"),
        ({"REGISTRY_IMAGE": "mirror:5000/registry:3.0"}, "it takes registry 3.1.2 or later"),
        (
            {"REGISTRY_GC_SCHEDULE": "0 3 * * *", "REGISTRY_RETENTION_NOT_PULLED_FOR": "90d"},
            "REGISTRY_RETENTION_NOT_PULLED_FOR cannot be judged with REGISTRY_STORAGE=s3",
        ),
        ({**NO_KEYS, "REGISTRY_GC_SCHEDULE": "0 3 * * *"}, "REGISTRY_GC_SCHEDULE cannot be kept"),
        ({"REGISTRY_REPLICAS": "0"}, "is no number of registries"),
        ({"REGISTRY_STORAGE": "volume", "REGISTRY_REPLICAS": "2"}, "2 registries with the images on a volume"),
        ({**NO_KEYS, "REGISTRY_S3_SECRET_NAME": "mine"}, "has no Secret mine with s3AccessKey and s3SecretKey"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_do(changes: dict[str, str], problem: str) -> None:
    found = told(**changes)
    assert problem in found
    assert "what to do:" in found
    assert "hush-hush" not in found


@pytest.mark.parametrize(
    "image", ["registry:3", "registry:3.1", "registry:3.1.2", "registry:3.2.0-rc.1", "mine", "a@sha256:1"]
)
def test_a_tag_that_may_be_new_enough_is_taken(image: str) -> None:
    assert told(REGISTRY_IMAGE=image) == ""


def test_the_bucket_is_looked_into_first_and_a_machine_must_reach_it() -> None:
    assert "http://127.0.0.1:1 does not answer" in told(Machine())
    found = configure.configure(settings(**WANTED), (), Place())
    assert found.problems == ()
    assert "is not looked into from here: http://127.0.0.1:1 does not answer" in found.notes[0]


def test_a_secret_is_a_clusters() -> None:
    assert "has no effect on one machine" in told(Machine(), **NO_KEYS, REGISTRY_S3_SECRET_NAME="mine")


def test_the_charts_keys_mean_the_same(tmp_path: Path) -> None:
    values = {
        "storage": "s3",
        "s3": {
            "bucket": "images",
            "region": "eu-1",
            "regionEndpoint": "minio.test:9000",
            "rootdirectory": "/a/",
            "secure": False,
        },
        "secrets": {"s3": {"accessKey": "access", "secretKey": "hush-hush"}},
        "replicaCount": 2,
    }
    by_values = plan.deploy(settings(REGISTRY_ADMIN_PASSWORD="secret"), root(tmp_path, values), None, None, Place())
    by_settings = planned(
        REGISTRY_S3_ENDPOINT="http://minio.test:9000",
        REGISTRY_S3_REGION="eu-1",
        REGISTRY_S3_PREFIX="a",
        REGISTRY_REPLICAS="2",
    )
    assert config(by_values) == config(by_settings)
    assert container(by_values) == container(by_settings)
    assert (made(by_values, "Deployment") or {})["spec"]["replicas"] == 2
    assert config(by_values)["storage"]["s3"] == {
        "region": "eu-1",
        "bucket": "images",
        "regionendpoint": "http://minio.test:9000",
        "rootdirectory": "/a",
        "forcepathstyle": True,
        "encrypt": False,
        "secure": False,
    }


def test_there_is_no_volume_and_no_health_check_that_costs_requests() -> None:
    found = planned()
    assert made(found, "PersistentVolumeClaim") is None
    assert [entry.until for entry in found.awaits] == ["rolled-out"]
    assert "filesystem" not in config(found)["storage"]
    assert config(found)["health"]["storagedriver"] == {"enabled": False}
    assert not any(volume["name"] == "data" for volume in pod(found)["spec"]["volumes"])
    for name in ("docker-registry", "reg-tool"):
        assert not any(mount["name"] == "data" for mount in container(found, name)["volumeMounts"])
    assert "--elsewhere" not in container(found, "reg-tool")["command"]
    assert "--elsewhere" in container(planned(**NO_KEYS), "reg-tool")["command"]
    assert "--elsewhere" not in container(planned(REGISTRY_STORAGE="volume"), "reg-tool")["command"]
    assert "podAffinity" not in pod(found)["spec"]["affinity"]
    assert "backup.velero.io/backup-volumes" not in pod(found)["metadata"]["annotations"]
    assert configure.configure(settings(**WANTED), (), Place()).storage is None


def test_the_keys_are_in_a_secret_alone_and_a_change_of_them_rolls() -> None:
    found, other = planned(), planned(REGISTRY_S3_SECRET_KEY="another")
    assert (made(found, "Secret") or {})["stringData"]["s3SecretKey"] == "hush-hush"
    rest = json.dumps([item for item in found.objects if item["kind"] != "Secret"])
    assert "hush-hush" not in rest
    references = {entry["name"]: entry.get("valueFrom") for entry in container(found)["env"]}
    assert references["REGISTRY_STORAGE_S3_SECRETKEY"] == {
        "secretKeyRef": {"name": NAMES.secret.name, "key": "s3SecretKey"}
    }
    of_program = {entry["name"]: entry.get("valueFrom") for entry in container(found, "reg-tool")["env"]}
    assert of_program["REGISTRY_S3_SECRET_KEY"] == references["REGISTRY_STORAGE_S3_SECRETKEY"]
    assert pod(found)["metadata"]["annotations"] != pod(other)["metadata"]["annotations"]


def test_a_secret_that_is_there_is_named_and_not_copied() -> None:
    found = planned(Place((KEYS,)), **NO_KEYS, REGISTRY_S3_SECRET_NAME="mine")
    references = [
        entry["valueFrom"]["secretKeyRef"]["name"] for entry in container(found)["env"] if "S3" in entry["name"]
    ]
    assert references == ["mine", "mine"]
    assert "hush-hush" not in json.dumps(found.objects)
    changed = planned(
        Place((secret("mine", s3AccessKey="access", s3SecretKey="x"),)), **NO_KEYS, REGISTRY_S3_SECRET_NAME="mine"
    )
    assert pod(found)["metadata"]["annotations"] != pod(changed)["metadata"]["annotations"]


def test_several_pods_are_spread_linger_and_are_drained_one_by_one() -> None:
    alone, several = planned(), planned(REGISTRY_REPLICAS="3")
    assert made(alone, "PodDisruptionBudget") is None
    assert "topologySpreadConstraints" not in pod(alone)["spec"]
    budget = made(several, "PodDisruptionBudget") or {}
    assert budget["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": dict(NAMES.selector)}}
    (constraint,) = pod(several)["spec"]["topologySpreadConstraints"]
    assert (constraint["topologyKey"], constraint["whenUnsatisfiable"]) == ("kubernetes.io/hostname", "ScheduleAnyway")
    assert container(several)["lifecycle"] == {"preStop": {"sleep": {"seconds": 5}}}
    spec = (made(several, "Deployment") or {})["spec"]
    assert (spec["replicas"], spec["strategy"]["rollingUpdate"]) == (3, {"maxSurge": 1, "maxUnavailable": 0})
    access = configure.configure(settings(**WANTED, REGISTRY_REPLICAS="3"), (), Place()).access
    assert any(entry.resource == "poddisruptionbudgets" for entry in access)


def test_who_may_only_pull_is_served_from_the_bucket_too() -> None:
    found = planned(REGISTRY_PULL_USERS="web", REGISTRY_REPLICAS="2")
    texts = next(item["data"] for item in found.objects if "reader.yml" in item.get("data", {}))
    writer, reader = (json.loads(texts[key]) for key in ("config.yml", "reader.yml"))
    assert reader["storage"]["s3"] == writer["storage"]["s3"]
    assert reader["storage"]["redirect"] == writer["storage"]["redirect"]
    assert "filesystem" not in reader["storage"]
    lingering = {
        entry["name"]: entry["lifecycle"]["preStop"]["sleep"]["seconds"]
        for entry in pod(found)["spec"]["containers"]
        if "lifecycle" in entry
    }
    assert lingering == {"docker-registry": 8, "reader": 8, "proxy": 5}
    assert not any(mount["name"] == "data" for mount in container(found, "reader")["volumeMounts"])


def test_a_claim_that_stays_behind_is_told() -> None:
    notes = "\n".join(planned(Place((CLAIM,))).notes)
    assert "the images are in the bucket images at http://127.0.0.1:1" in notes
    assert f"the claim {NAMES.claim.name} and the images on it stay" in notes


@pytest.mark.parametrize(
    ("wanted", "address", "on", "reason"),
    [
        ("auto", Address("b"), True, "is a public name"),
        ("auto", Address("b", "https://s3.example.com"), True, "is a public name"),
        ("auto", Address("b", "https://8.8.8.8"), True, "is a public name"),
        ("auto", Address("b", "https://s3.example.com", authority="PEM"), False, "do not trust the authority"),
        ("auto", Address("b", "http://s3.example.com"), False, "plain HTTP"),
        ("auto", Address("b", "https://minio.storage.svc:9000"), False, "of the cluster or of one's own network"),
        ("auto", Address("b", "https://minio"), False, "of the cluster or of one's own network"),
        ("auto", Address("b", "https://10.0.0.1"), False, "no public address"),
        ("on", Address("b", "http://minio:9000"), True, "REGISTRY_S3_REDIRECT=on"),
        ("off", Address("b"), False, "REGISTRY_S3_REDIRECT=off"),
    ],
)
def test_clients_are_redirected_where_nodes_get_there(wanted: str, address: Address, on: bool, reason: str) -> None:
    chosen = redirect(wanted, address)
    assert chosen.on == on
    assert reason in str(chosen)


def test_the_redirect_is_configured_and_its_reason_is_told() -> None:
    found = planned()
    assert config(found)["storage"]["redirect"] == {"disable": True}
    assert any("layers are passed on by the registry, not redirected: " in note for note in found.notes)
    assert config(planned(REGISTRY_S3_REDIRECT="on"))["storage"]["redirect"] == {"disable": False}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            {"configData": {"storage": {"gcs": {"bucket": "b"}}}},
            "sets configData.storage.gcs, and REGISTRY_STORAGE is s3",
        ),
        ({"configData": {"storage": {"s3": {"bucket": "other"}}}}, "sets configData.storage.s3.bucket"),
        ({"configData": {"storage": {"redirect": {"disable": True}}}}, ""),
        ({"configData": {"storage": {"redirect": {"disable": False}}}}, "sets configData.storage.redirect.disable"),
        ({"configData": {"storage": {"s3": {"storageclass": "STANDARD_IA"}}}}, ""),
        (
            {"extraEnvVars": [{"name": "REGISTRY_STORAGE_S3_ACCESSKEY", "value": "a"}]},
            "stands for storage.s3.accesskey",
        ),
        ({"extraEnvVars": [{"name": "REGISTRY_STORAGE_S3_CHUNKSIZE", "value": "9"}]}, ""),
        ({"extraEnvVars": [{"name": "REGISTRY_STORAGE_GCS_BUCKET", "value": "a"}]}, "the storage driver is s3"),
    ],
)
def test_values_may_add_to_the_driver_but_not_lead_elsewhere(
    tmp_path: Path, values: dict[str, Any], problem: str
) -> None:
    found = told(NOTHING, root(tmp_path, values))
    assert problem in found if problem else found == ""


def test_the_authority_is_trusted_by_the_registry(tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(authority := certificate())
    found = planned(REGISTRY_S3_AUTHORITY=str(file))
    assert {"name": "SSL_CERT_FILE", "value": "/etc/distribution/s3.pem"} in container(found)["env"]
    (source,) = (item for item in found.objects if "s3.pem" in item.get("data", {}))
    assert source["data"]["s3.pem"] == authority
    projected = next(volume for volume in pod(found)["spec"]["volumes"] if volume["name"] == "config")["projected"]
    assert {"key": "s3.pem", "path": "s3.pem"} in projected["sources"][0]["configMap"]["items"]
    service = planned(Machine(), REGISTRY_S3_AUTHORITY=str(file)).services[0]
    assert service.environment["SSL_CERT_FILE"] == "/config/s3.pem"
    assert next(entry.content for entry in service.files if entry.name == "s3.pem") == authority


def test_on_one_machine_the_keys_are_in_the_configuration_and_never_shown() -> None:
    service = planned(Machine()).services[0]
    file = next(entry for entry in service.files if entry.name == "config.yml")
    storage = json.loads(file.content)["storage"]
    assert (storage["s3"]["accesskey"], storage["s3"]["secretkey"]) == ("access", "hush-hush")
    assert "filesystem" not in storage
    assert "hush-hush" not in re.sub(SECRETS, r"\1-", file.content)
    old = "registry github.com/distribution/distribution/v3 v3.1.1"
    assert re.search(service.told, old) is None
    for version in ("v3.1.2", "v3.1.12", "3.2.0"):
        assert re.search(service.told, f"registry github.com/distribution/distribution/v3 {version}\n")
    assert "3.1.2 or later" in service.needs


def test_by_another_driver_the_images_are_elsewhere(tmp_path: Path) -> None:
    values = {"configData": {"storage": {"gcs": {"bucket": "b"}}}}
    command = container(planned(NOTHING, root(tmp_path, values), REGISTRY_STORAGE="volume"), "reg-tool")["command"]
    assert "--elsewhere" in command
    assert "--bucket" not in command


def test_a_schedule_collects_in_the_bucket() -> None:
    found = planned(Machine(), REGISTRY_GC_SCHEDULE="0 3 * * *")
    program = found.schedules[0].program
    assert program.arguments[2] == "--bucket"
    assert program.environment["REGISTRY_S3_SECRET_KEY"] == "hush-hush"
    assert told(REGISTRY_GC_SCHEDULE="0 3 * * *") == told()
    assert "CronJob" in [item["kind"] for item in planned(REGISTRY_GC_SCHEDULE="0 3 * * *").objects]


@pytest.mark.parametrize(("changes", "place"), [({}, "--bucket"), ({"REGISTRY_STORAGE": "volume"}, "--data")])
def test_what_was_done_last_is_asked_where_the_images_are(changes: dict[str, str], place: str) -> None:
    found = maintenance(settings(**{**WANTED, **changes}), NOTHING)
    assert found.report == ("--json", "last-run")
    assert found.tool.arguments[2] == place


def test_without_keys_it_is_not_known_what_was_done_last() -> None:
    assert maintenance(settings(**{**WANTED, **NO_KEYS}), NOTHING).report == ()


@pytest.mark.parametrize("users", ["", "web"], ids=["one process", "two processes"])
def test_each_pod_says_in_the_bucket_that_it_is_there_before_it_begins(users: str) -> None:
    found = planned(REGISTRY_PULL_USERS=users)
    first, kept = pod(found)["spec"]["initContainers"][-1], container(found, "reg-tool")
    assert (first["name"], first["image"]) == ("announce", kept["image"])
    assert first["command"][-3:] == ["announce", "--listen", ":5002"]
    assert first["command"][:5] == kept["command"][:5]
    assert Address.read(first["command"][4]).bucket == "images"
    environment = {entry["name"]: entry for entry in first["env"]}
    fields = {
        name: entry["valueFrom"]["fieldRef"]["fieldPath"]
        for name, entry in environment.items()
        if "REGISTRY_ID" in name or "REGISTRY_HOST" in name
    }
    assert sorted(fields.values()) == ["metadata.uid", "status.podIP"]
    processes = environment["SOLAKUBE_REGISTRY_METRICS"]["value"].split()
    assert len(processes) == (2 if users else 1)
    told = {entry["name"] for entry in kept["env"]}
    assert told >= {*fields, "SOLAKUBE_REGISTRY_METRICS", "REGISTRY_S3_SECRET_KEY"}
    assert "hush-hush" not in json.dumps(first)


def test_pods_that_say_so_are_asked_by_each_other_and_by_nobody_else() -> None:
    peers = made(planned(REGISTRY_NETWORK_POLICY="on"), "NetworkPolicy")
    assert peers is not None
    (rule,) = [rule for rule in peers["spec"]["ingress"] if rule["ports"][0]["port"] == 5002]
    assert rule["from"] == [{"podSelector": {"matchLabels": dict(NAMES.selector)}}]


@pytest.mark.parametrize("changes", [NO_KEYS, {"REGISTRY_MAINTENANCE_IMAGE": "none"}, {"REGISTRY_STORAGE": "volume"}])
def test_a_pod_that_cannot_or_need_not_say_so_does_not(changes: dict[str, str]) -> None:
    found = planned(**changes)
    assert "initContainers" not in pod(found)["spec"]
    assert "SOLAKUBE_REGISTRY_ID" not in json.dumps(pod(found))
