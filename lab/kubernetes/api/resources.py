"""Which resources the server knows, and by which of Kubernetes' rules each of them lives.

The rules are those of each resource's strategy in the Kubernetes API: whether it has a
generation, may be created by PUT, may be replaced without a resourceVersion, and what becomes of
dependents when a client that deletes it says nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Resource:
    """One kind of object: its place in the API and its rules."""

    group: str
    version: str
    plural: str
    kind: str
    short_names: tuple[str, ...] = ()
    namespaced: bool = True
    status: bool = False
    scale: bool = False
    generation: bool = False
    create_on_update: bool = False
    unconditional_update: bool = True
    orphans_by_default: bool = False
    fields: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """The value of `apiVersion` in its objects."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def id(self) -> str:
        """A name that is unique in the server: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def schema(self) -> str:
        """The name of the published schema of its objects."""
        return "CoreV1Event" if self.kind == "Event" else f"V1{self.kind}"


_POD_FIELDS = (
    "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
    "status.phase", "status.podIP", "status.nominatedNodeName",
)  # fmt: skip
_EVENT_FIELDS = (
    "involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
    "involvedObject.uid", "involvedObject.apiVersion", "reason", "type", "source",
)  # fmt: skip
_RBAC = "rbac.authorization.k8s.io"

RESOURCES = (
    Resource("", "v1", "namespaces", "Namespace", ("ns",), namespaced=False, status=True,
             fields=("status.phase",)),
    Resource("", "v1", "nodes", "Node", ("no",), namespaced=False, status=True,
             fields=("spec.unschedulable",)),
    Resource("", "v1", "pods", "Pod", ("po",), status=True, fields=_POD_FIELDS),
    Resource("", "v1", "configmaps", "ConfigMap", ("cm",)),
    Resource("", "v1", "secrets", "Secret", fields=("type",)),
    Resource("", "v1", "services", "Service", ("svc",), status=True, create_on_update=True),
    Resource("", "v1", "endpoints", "Endpoints", ("ep",), create_on_update=True),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", ("sa",)),
    Resource("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", ("pvc",), status=True),
    Resource("", "v1", "events", "Event", ("ev",), create_on_update=True, fields=_EVENT_FIELDS),
    Resource("apps", "v1", "deployments", "Deployment", ("deploy",), status=True, scale=True,
             generation=True),
    Resource("apps", "v1", "replicasets", "ReplicaSet", ("rs",), status=True, scale=True,
             generation=True, fields=("status.replicas",)),
    Resource("apps", "v1", "statefulsets", "StatefulSet", ("sts",), status=True, scale=True,
             generation=True),
    Resource("batch", "v1", "jobs", "Job", status=True, generation=True, orphans_by_default=True,
             fields=("status.successful",)),
    Resource("coordination.k8s.io", "v1", "leases", "Lease", create_on_update=True,
             unconditional_update=False),
    Resource("networking.k8s.io", "v1", "ingresses", "Ingress", ("ing",), status=True,
             generation=True),
    Resource("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", ("netpol",),
             generation=True),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", ("pdb",), status=True,
             generation=True, unconditional_update=False),
    Resource("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", ("pc",),
             namespaced=False),
    Resource("storage.k8s.io", "v1", "storageclasses", "StorageClass", ("sc",), namespaced=False),
    Resource(_RBAC, "v1", "roles", "Role", create_on_update=True),
    Resource(_RBAC, "v1", "rolebindings", "RoleBinding", create_on_update=True),
    Resource(_RBAC, "v1", "clusterroles", "ClusterRole", namespaced=False, create_on_update=True),
    Resource(_RBAC, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False,
             create_on_update=True),
)  # fmt: skip

#: Resources that are asked, not stored: a POST is answered with the filled-in object.
REVIEWS = (
    Resource("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview",
             namespaced=False),
    Resource("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview",
             namespaced=False),
    Resource("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview",
             namespaced=False),
)  # fmt: skip

BY_PATH = {(r.group, r.version, r.plural): r for r in (*RESOURCES, *REVIEWS)}
BY_ID = {r.id: r for r in RESOURCES}
BY_KIND = {(r.api_version, r.kind): r for r in RESOURCES}

NAMESPACES = BY_ID["namespaces"]
NODES = BY_ID["nodes"]
PODS = BY_ID["pods"]
