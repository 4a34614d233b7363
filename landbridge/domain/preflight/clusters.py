"""Both clusters: do they answer, may landbridge do there what it will, would they scale."""

from collections.abc import Callable, Iterator, Mapping

from landbridge.domain.preflight.check import (
    SITE,
    Check,
    Finding,
    check_of,
    fail,
    unknown,
    warn,
)
from landbridge.domain.preflight.cluster_facts import ClusterFacts, Permission, unasked_cluster
from landbridge.domain.settings import DatabasePod, Deployment

__all__ = ["cluster_checks", "permissions", "rehearsal_check", "rehearsal_permissions"]

# The roles alone: orders.yaml beside them would set a serving site's pods to what is in the file.
_APPLY = {
    "aws": "kubectl apply -f deploy/aws/orchestrator.yaml",
    "azure": "kubectl apply -f deploy/azure/gate.yaml",
}


def permissions(
    site: str, deployment: Deployment, pod: DatabasePod, gate_namespace: str = ""
) -> tuple[Permission, ...]:
    """Return everything that a failover and a failback do in the site's cluster."""
    work, data = deployment.namespace, pod.namespace
    needed = [
        Permission("get", "apps", "deployments", work, deployment.name),
        Permission("patch", "apps", "deployments/scale", work, deployment.name),
        Permission("get", "apps", "statefulsets", data, pod.stateful_set),
        Permission("patch", "apps", "statefulsets/scale", data, pod.stateful_set),
        Permission("get", "", "configmaps", data, pod.job),
        Permission("create", "batch", "jobs", data),
        Permission("get", "batch", "jobs", data, pod.job),
        Permission("delete", "batch", "jobs", data, pod.job),
    ]
    # The workload's pods and the rebuild's, which may be in one namespace.
    for namespace in dict.fromkeys((work, data)):
        needed.append(Permission("list", "", "pods", namespace))
        needed.append(Permission("get", "", "pods/log", namespace))
    if site == "azure":
        for group, resource, name in (
            ("", "configmaps", "landbridge-gate"),
            ("coordination.k8s.io", "leases", "landbridge-run"),
        ):
            needed.append(Permission("create", group, resource, gate_namespace))
            needed += [
                Permission(verb, group, resource, gate_namespace, name)
                for verb in ("get", "update")
            ]
        needed += _takeover(gate_namespace)
    return tuple(needed)


def rehearsal_permissions(deployment: Deployment, job: str) -> tuple[Permission, ...]:
    """Return what a rehearsal does in the standby's cluster; the Job is of the name ``job``."""
    namespace = deployment.namespace
    return (
        Permission("get", "", "configmaps", namespace, job),
        Permission("get", "apps", "deployments", namespace, deployment.name),
        Permission("create", "batch", "jobs", namespace),
        Permission("get", "batch", "jobs", namespace, job),
        Permission("patch", "batch", "jobs", namespace, job),
        Permission("delete", "batch", "jobs", namespace, job),
        Permission("list", "", "pods", namespace),
        Permission("list", "", "persistentvolumeclaims", namespace),
        Permission("get", "", "pods/log", namespace),
    )


def _takeover(namespace: str) -> list[Permission]:
    """Return what the last look at the primary, the timer and starting a takeover need."""
    return [
        Permission("patch", "", "configmaps", namespace, "landbridge-look"),
        Permission("patch", "", "configmaps", namespace, "landbridge-timer"),
        Permission("get", "", "configmaps", namespace),
        Permission("list", "", "configmaps", namespace),
        *(Permission(verb, "batch", "jobs", namespace) for verb in ("create", "get", "list")),
    ]


def cluster_checks(facts: ClusterFacts, *, asked: bool = True) -> list[Check]:
    """Return the checks of one cluster; ``asked``: somebody was there to ask it."""
    site, who, blind = facts.site, SITE[facts.site], unasked_cluster(facts)
    return [
        check_of(f"{site}-cluster", _reach(facts, asked=asked), f"{who}'s cluster answers"),
        check_of(
            f"{site}-cluster-rights",
            blind or _rights(facts.rights, fail, _APPLY[site]),
            "every verb is allowed",
        ),
        check_of(f"{site}-scale", blind or _dry_runs(facts), "the server would scale it"),
        check_of(f"{site}-rebuild-job", blind or _rebuild_job(facts), "its manifest is there"),
    ]


def _reach(facts: ClusterFacts, *, asked: bool) -> Iterator[Finding]:
    if not asked:
        yield unknown(facts.reason)
    elif not facts.reachable:
        yield fail(
            f"{SITE[facts.site]}'s cluster: {facts.reason}",
            "see the cluster's API, the network to it, and this identity's access to it",
        )


def rehearsal_check(facts: ClusterFacts) -> Check:
    """Return whether the standby's cluster lets a rehearsal be; no failover waits for one."""
    remedy = "kubectl apply -f deploy/azure/rehearsal.yaml, then landbridge rehearse"
    return check_of(
        "rehearsal-rights",
        unasked_cluster(facts) or _rights(facts.rehearsal_rights, warn, remedy),
        "a rehearsal may do all that it does",
    )


def _rights(
    rights: Mapping[str, bool | None], missing: Callable[[str, str], Finding], remedy: str
) -> Iterator[Finding]:
    denied = [what for what, may in rights.items() if may is False]
    if denied:
        yield missing(f"landbridge may not: {', '.join(denied)}", remedy)
    unasked = [what for what, may in rights.items() if may is None]
    if unasked or not rights:
        said = ", ".join(unasked) or "anything"
        yield unknown(f"no answer whether landbridge may: {said}", remedy)


def _dry_runs(facts: ClusterFacts) -> Iterator[Finding]:
    if not facts.dry_runs:
        yield unknown("no dry run was made")
    for replicas, refusal in facts.dry_runs.items():
        if refusal:
            yield fail(
                f"a dry run of scaling to {replicas} pods: {refusal}",
                f"{_APPLY[facts.site]}; is the Deployment there, what do admission webhooks say",
            )


def _rebuild_job(facts: ClusterFacts) -> Iterator[Finding]:
    if facts.rebuild_job is None:
        yield unknown("the rebuild Job's manifest could not be read")
    elif facts.rebuild_job:
        yield fail(
            f"{facts.rebuild_job}: no database could be rebuilt there",
            "kubectl apply -f deploy/both/rebuild.yaml",
        )
