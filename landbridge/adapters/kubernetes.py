"""A Kubernetes API as landbridge uses it: the gate, the run lock, the workload's pods.

The one module of the library that imports the official client; it works with versions 36 and 37.
Each call is bounded in time and tried once: what to try again is the caller's decision.

==========  =============================================================================
gate        ConfigMap ``landbridge-gate``: state, active_site, epoch, holder, since
run lock    Lease ``landbridge-run``; its epoch is the annotation ``landbridge/epoch``
==========  =============================================================================

Both are written by compare-and-set on ``resourceVersion`` (Kubernetes API concepts, "Resource
versions"). Errors: AccessDeniedError for 401 and 403; GateConflictError for 409;
ClusterUnavailableError for 429, 5xx, no connection, no answer in time; ConfigurationError for what
is not there or not valid.
"""

import base64
import binascii
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kubernetes import client
from urllib3.exceptions import HTTPError

from landbridge.adapters.kubernetes_objects import (
    GATE,
    LOCK,
    gate_body,
    gate_of,
    is_ready,
    lock_body,
    lock_of,
    obstacle_of,
    restarted,
    rollout_of,
    selector_text,
)
from landbridge.domain.errors import (
    AccessDeniedError,
    ClusterUnavailableError,
    ConfigurationError,
    GateConflictError,
    LandbridgeError,
)
from landbridge.domain.gate import Gate
from landbridge.domain.lock import RunLock
from landbridge.domain.rollout import PodLook, RolloutLook

__all__ = ["Cluster"]

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
LOG_LINES = 5
# Logs cost one request each; the first few stuck pods tell the story.
PODS_WITH_LOGS = 3

_UNAUTHORIZED = 401
_DENIED = frozenset({_UNAUTHORIZED, 403})
_CONFLICT = 409
_THROTTLED = 429
_NOT_FOUND = 404
_SERVER_ERROR = 500


class Cluster:
    """One cluster: ``token`` is asked at each call.

    Its authority is ``ca_base64``, base64 PEM or empty, or a PEM file.

    ``timeout_seconds`` is (connect, read); ``namespace`` holds the gate and the run lock. A call
    that is answered 401 is made once more with a token that ``fresh_token`` gives: what is kept
    until it expires may be refused before.
    """

    def __init__(
        self,
        url: str,
        token: Callable[[], str],
        ca_base64: str = "",
        *,
        ca_file: Path | None = None,
        fresh_token: Callable[[], str] | None = None,
        namespace: str = "landbridge",
        timeout_seconds: tuple[float, float] = (CONNECT_SECONDS, READ_SECONDS),
    ) -> None:
        configuration = client.Configuration(host=url)
        configuration.retries = 0
        # The client sends a header only where api_key has an entry before the hook is called.
        configuration.api_key = {"authorization": ""}
        configuration.refresh_api_key_hook = _bearer(token)
        self._ca_file = _ca_file(ca_base64)
        made = self._ca_file.name if self._ca_file else None
        configuration.ssl_ca_cert = made if ca_file is None else str(ca_file)
        api = _ApiClient(configuration, fresh_token)
        self._core = client.CoreV1Api(api)
        self._apps = client.AppsV1Api(api)
        self._coordination = client.CoordinationV1Api(api)
        self._namespace = namespace
        self._bounds = {"_request_timeout": timeout_seconds}

    def request(
        self, method: str, path: str, body: object = None, content_type: str = "application/json"
    ) -> tuple[int, str]:
        """Make one request as it stands; return status and text, whatever they are below 500.

        Raises AccessDeniedError for 401 and 403; ClusterUnavailableError for 429, 5xx and silence.
        """
        what = f"{method} {path.partition('?')[0]}"
        api = self._core.api_client
        headers = {"Accept": "*/*", "Content-Type": content_type}
        with _asking(what):
            made = api.param_serialize(
                method, path, header_params=headers, body=body, auth_settings=["BearerToken"]
            )
            answer = api.call_api(*made, **self._bounds)
            answer.read()
            status, text = int(answer.status), (answer.data or b"").decode(errors="replace")
            if status in {_THROTTLED} | _DENIED or status >= _SERVER_ERROR:
                raise client.ApiException(status=status, reason=answer.reason, body=text)
        return status, text

    def read_gate(self) -> tuple[Gate, str] | None:
        """Return the gate and its resourceVersion, or None where it was never written."""
        read = self._core.read_namespaced_config_map
        found = self._read_or_none(f"read ConfigMap {GATE}", read, GATE)
        return None if found is None else (gate_of(found), found.metadata.resource_version)

    def write_gate(self, gate: Gate, resource_version: str | None) -> None:
        """Write the gate over that version; None means that there must be none yet.

        Raises GateConflictError where somebody else wrote since.
        """
        what, core = f"write ConfigMap {GATE}", self._core
        body = gate_body(gate, resource_version)
        self._write(
            what, core.create_namespaced_config_map, core.replace_namespaced_config_map, body
        )

    def read_lock(self) -> tuple[RunLock, str] | None:
        """Return the run lock and its resourceVersion, or None where no run ever took it."""
        read = self._coordination.read_namespaced_lease
        found = self._read_or_none(f"read Lease {LOCK}", read, LOCK)
        return None if found is None else (lock_of(found), found.metadata.resource_version)

    def write_lock(self, lock: RunLock, resource_version: str | None) -> None:
        """Write the run lock over that version; None means that there must be none yet.

        Raises GateConflictError where somebody else wrote since.
        """
        what, coordination = f"write Lease {LOCK}", self._coordination
        body = lock_body(lock, resource_version)
        self._write(
            what, coordination.create_namespaced_lease, coordination.replace_namespaced_lease, body
        )

    def scale(self, namespace: str, name: str, replicas: int) -> RolloutLook:
        """Make the Deployment want ``replicas``; return it, without its pods.

        The same wish twice is one wish: the API takes it and changes nothing.
        """
        with _asking(f"scale Deployment {namespace}/{name}"):
            self._apps.patch_namespaced_deployment_scale(
                name, namespace, {"spec": {"replicas": replicas}}, **self._bounds
            )
        return rollout_of(self._deployment(namespace, name))

    def rollout(self, namespace: str, name: str) -> RolloutLook:
        """Return the Deployment with its pods; those not ready say why, with their last lines.

        The newest pods come first: when a template was mended, what its own pods say is what counts
        and not what is left of the template before.
        """
        deployment = self._deployment(namespace, name)
        with _asking(f"list pods of Deployment {namespace}/{name}"):
            found = self._core.list_namespaced_pod(
                namespace, label_selector=selector_text(deployment.spec.selector), **self._bounds
            ).items
        # A pod that is being deleted is on its way out: it is neither ready nor in the way.
        pods = [pod for pod in found if pod.metadata.deletion_timestamp is None]
        pods.sort(key=lambda pod: pod.metadata.creation_timestamp, reverse=True)
        stuck = [pod.metadata.name for pod in pods if not is_ready(pod)][:PODS_WITH_LOGS]
        looks = tuple(self._pod_look(pod, logs=pod.metadata.name in stuck) for pod in pods)
        return rollout_of(deployment, looks)

    def _deployment(self, namespace: str, name: str) -> Any:
        with _asking(f"read Deployment {namespace}/{name}"):
            return self._apps.read_namespaced_deployment(name, namespace, **self._bounds)

    def _pod_look(self, pod: Any, *, logs: bool) -> PodLook:
        name, phase = pod.metadata.name, pod.status.phase or "Unknown"
        if is_ready(pod):
            return PodLook(name, phase, ready=True)
        container, waiting = obstacle_of(pod)
        lines = self._last_lines(pod, container) if logs and container else ()
        return PodLook(name, phase, ready=False, waiting=waiting, log_lines=lines)

    def _last_lines(self, pod: Any, container: str) -> tuple[str, ...]:
        # A log that can't be read must not hide the pod that is in the way: the reason stands for
        # the lines.
        try:
            lines = self._log(pod, container)
            # A container that crashed and was just started again has said nothing yet.
            return lines or (
                self._log(pod, container, previous=True) if restarted(pod, container) else ()
            )
        except LandbridgeError as error:
            return (f"({error.message})",)

    def _log(self, pod: Any, container: str, *, previous: bool = False) -> tuple[str, ...]:
        # Raw bytes, because a log need not be UTF-8.
        with _asking(f"read the log of container {container}"):
            data: bytes = self._core.read_namespaced_pod_log(
                pod.metadata.name,
                pod.metadata.namespace,
                container=container,
                previous=previous,
                tail_lines=LOG_LINES,
                _preload_content=False,
                **self._bounds,
            ).data
        return tuple(data.decode(errors="replace").splitlines()[-LOG_LINES:])

    def _read_or_none(self, what: str, read: Callable[..., Any], name: str) -> Any:
        with _asking(what):
            try:
                return read(name, self._namespace, **self._bounds)
            except client.ApiException as error:
                if error.status == _NOT_FOUND:
                    return None
                raise

    def _write(
        self,
        what: str,
        create: Callable[..., Any],
        replace: Callable[..., Any],
        body: dict[str, Any],
    ) -> None:
        metadata = body["metadata"]
        with _asking(what):
            if "resourceVersion" in metadata:
                replace(metadata["name"], self._namespace, body, **self._bounds)
            else:
                create(self._namespace, body, **self._bounds)


class _ApiClient(client.ApiClient):  # type: ignore[misc]  # the client has no types
    """The official client, which asks for a new token where the one it showed is not accepted."""

    def __init__(self, configuration: Any, fresh_token: Callable[[], str] | None) -> None:
        super().__init__(configuration)
        self._fresh_token = fresh_token

    def call_api(
        self, method: str, url: str, header_params: Any = None, *rest: Any, **kw: Any
    ) -> Any:
        answer = super().call_api(method, url, header_params, *rest, **kw)
        if answer.status != _UNAUTHORIZED or self._fresh_token is None:
            return answer
        answer.read()  # so that its connection is free again
        headers = {**(header_params or {}), "authorization": f"Bearer {self._fresh_token()}"}
        return super().call_api(method, url, headers, *rest, **kw)


def _bearer(token: Callable[[], str]) -> Callable[[Any], None]:
    def refresh(configuration: Any) -> None:
        configuration.api_key["authorization"] = f"Bearer {token()}"

    return refresh


def _ca_file(ca_base64: str) -> Any:
    # Version 36 takes the authority as a file only; it lives as long as the Cluster does.
    if not ca_base64:
        return None
    try:
        pem = base64.b64decode(ca_base64, validate=True)
    except binascii.Error as error:
        raise ConfigurationError(f"the cluster's certificate authority: {error}") from None
    file = tempfile.NamedTemporaryFile(suffix=".pem")  # noqa: SIM115 - closed with the Cluster
    file.write(pem)
    file.flush()
    return file


@contextmanager
def _asking(what: str) -> Iterator[None]:
    try:
        yield
    except client.ApiException as error:
        raise _translated(what, error) from error
    except HTTPError as error:
        raise ClusterUnavailableError(f"{what}: {error}") from error
    except ValueError as error:  # an answer that is no Kubernetes object: a proxy's page, say
        raise ClusterUnavailableError(f"{what}: the answer makes no sense: {error}") from error


def _translated(what: str, error: Any) -> LandbridgeError:
    status = error.status or 0  # 0: TLS failed, no HTTP answer
    said = f"{what}: {status} {_status_message(error)}"
    if status == _UNAUTHORIZED:
        return AccessDeniedError(said, "the token was refused, a new one too: check the identity")
    if status in _DENIED:
        return AccessDeniedError(said, "check this identity's roles in the cluster")
    if status == _CONFLICT:
        return GateConflictError(said)
    if status in {0, _THROTTLED} or status >= _SERVER_ERROR:
        return ClusterUnavailableError(said)
    return ConfigurationError(said, "check the manifests against this version of landbridge")


def _status_message(error: Any) -> str:
    try:
        return str(json.loads(error.body)["message"])
    except (KeyError, TypeError, ValueError):
        return str(error.reason)
