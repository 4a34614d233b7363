"""How each site is reached, and the disks: what a first day needs beside the workload itself."""

from typing import Any

import pytest

from tests.deploy.test_manifests import SITES, objects
from tests.deploy.test_roles import documents

DOCUMENTATION = {"192.0.2.0/24", "198.51.100.0/24"}
INTERNAL = {
    "aws": "service.beta.kubernetes.io/aws-load-balancer-internal",
    "azure": "service.beta.kubernetes.io/azure-load-balancer-internal",
}


def named(site: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return a site's objects of a kind by name, those of both sites among them."""
    return {one["metadata"]["name"]: one for one in documents(site) if one["kind"] == kind}


def pods_of(site: str, selector: dict[str, str]) -> dict[str, Any]:
    """Return the pods' specification that a Service selects."""
    (found,) = (
        one["spec"]["template"]
        for one in documents(site)
        if one["kind"] in {"Deployment", "StatefulSet"}
        and selector.items() <= one["spec"]["template"]["metadata"]["labels"].items()
    )
    return dict(found["spec"])


@pytest.mark.parametrize("site", SITES)
def test_users_and_checkers_come_by_a_load_balancer(site: str) -> None:
    """HTTPS on 443, at addresses that outlive it, to a port that the pods open."""
    entry = named(site, "Service")["orders-entry"]
    assert entry["spec"]["type"] == "LoadBalancer"
    (port,) = entry["spec"]["ports"]
    assert port["port"] == 443
    (serving,) = pods_of(site, entry["spec"]["selector"])["containers"]
    assert port["targetPort"] in {one["containerPort"] for one in serving["ports"]}
    kept = {"aws": "eip-allocations", "azure": "pip-name"}[site]
    assert any(name.endswith(kept) for name in entry["metadata"]["annotations"])


@pytest.mark.parametrize("site", SITES)
def test_the_database_has_a_door_for_each_who_comes(site: str) -> None:
    """The other site by an internal load balancer, the orchestrator by a public one."""
    services = named(site, "Service")
    doors = [services["orders-database-peer"], services["orders-database-orchestrator"]]
    assert [INTERNAL[site] in one["metadata"]["annotations"] for one in doors] == [True, False]
    for one in doors:
        assert one["spec"]["type"] == "LoadBalancer"
        # Else every address that pg_hba.conf and the network policy look at is a node's own.
        assert one["spec"]["externalTrafficPolicy"] == "Local"
        assert set(one["spec"]["loadBalancerSourceRanges"]) <= DOCUMENTATION
        assert one["spec"]["selector"] == {"app": "orders-database"}
        assert [port["port"] for port in one["spec"]["ports"]] == [5432]


@pytest.mark.parametrize("site", SITES)
def test_the_workload_finds_the_database_of_its_own_site(site: str) -> None:
    """The StatefulSet's Service is there, and leads to the database without a load balancer."""
    stateful_set = named(site, "StatefulSet")["orders-database"]
    service = named(site, "Service")[stateful_set["spec"]["serviceName"]]["spec"]
    assert service["clusterIP"] == "None"
    assert service["selector"] == stateful_set["spec"]["selector"]["matchLabels"]


@pytest.mark.parametrize("site", SITES)
def test_the_databases_disk_is_of_a_class_that_keeps_it(site: str) -> None:
    """Its class is the site's own manifest; a claim that goes leaves the disk."""
    (claim,) = named(site, "StatefulSet")["orders-database"]["spec"]["volumeClaimTemplates"]
    disk = named(site, "StorageClass")[claim["spec"]["storageClassName"]]
    assert disk["reclaimPolicy"] == "Retain"
    assert disk["allowVolumeExpansion"] is True
    assert disk["volumeBindingMode"] == "WaitForFirstConsumer"


def test_the_standbys_proxies_answer_when_no_pod_is_there() -> None:
    """They run at all times, end TLS, and pass on to the workload's Service alone."""
    proxy = named("azure", "Deployment")["orders-entry"]
    assert proxy["spec"]["replicas"] == 2
    settings = named("azure", "ConfigMap")["orders-entry"]["data"]["nginx.conf"]
    assert "listen 8443 ssl" in settings
    service = named("azure", "Service")["orders"]["metadata"]
    host = f"http://{service['name']}.{service['namespace']}.svc.cluster.local"
    assert f"proxy_pass {host};" in settings
    (container,) = proxy["spec"]["template"]["spec"]["containers"]
    assert container["securityContext"]["readOnlyRootFilesystem"] is True


def test_the_first_database_is_made_where_the_server_looks() -> None:
    """With checksums, on the database's own claim, by the database's user."""
    (job,) = (one for one in objects("aws") if one["kind"] == "Job")
    own, server = job["spec"]["template"]["spec"], named("aws", "StatefulSet")["orders-database"]
    theirs = server["spec"]["template"]["spec"]
    (container,) = own["containers"]
    (mount,) = container["volumeMounts"]
    (folder,) = (
        one["value"] for one in theirs["containers"][0]["env"] if one["name"] == "DATA_FOLDER"
    )
    assert mount["mountPath"] == folder
    assert {f"--pgdata={folder}/data", "--data-checksums"} <= set(container["args"])
    (volume,) = own["volumes"]
    claim = server["spec"]["volumeClaimTemplates"][0]["metadata"]["name"]
    wanted = f"{claim}-{server['metadata']['name']}-0"
    assert volume["persistentVolumeClaim"]["claimName"] == wanted
    assert own["securityContext"] == theirs["securityContext"]
    assert container["image"] == theirs["containers"][0]["image"]
