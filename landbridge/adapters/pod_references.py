"""The Secrets and ConfigMaps that a pod's template names, and what a look may tell of them.

A Secret's values leave this module only as digests: HMAC-SHA256 with the look's own key, cut to 32
bits. The key is made for one look and kept nowhere: without it a digest confirms no guess, and two
looks' digests have nothing in common. Who has both, the two halves while they look, may read the
Secret itself.
Source: Kubernetes API reference, "PodSpec", "EnvFromSource", "EnvVarSource", "Volume".
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from landbridge.domain.preflight.cluster_facts import Reference

__all__ = ["ANNOTATION", "Reader", "references_of"]

# A Secret's keys that are meant to differ between the sites, as KEY,KEY.
ANNOTATION = "landbridge/differs"
_DIGEST_CHARACTERS = 8

Json = Mapping[str, Any]
Reader = Callable[[str, str], tuple[str, dict[str, Any]]]
"""From kind and name to ``present``, ``missing`` or ``unknown``, and the object."""


def references_of(template: Json, read: Reader, nonce: bytes) -> tuple[Reference, ...]:
    """Return each object that the pods need, in order; an optional one that is missing is none."""
    needed: dict[tuple[str, str], bool] = {}
    for kind, name, optional in _named(template):
        needed[kind, name] = needed.get((kind, name), True) and optional
    found = []
    for (kind, name), optional in sorted(needed.items()):
        state, stored = read(kind, name)
        if state == "present" or not optional:
            found.append(_reference(kind, name, state, stored, nonce))
    return tuple(found)


def _reference(kind: str, name: str, state: str, stored: Json, nonce: bytes) -> Reference:
    data = {**(stored.get("data") or {}), **(stored.get("binaryData") or {})}
    secret = kind == "Secret"
    keys = {key: _digest(nonce, key, value) if secret else "" for key, value in data.items()}
    annotations = stored.get("metadata", {}).get("annotations") or {}
    differs = (key.strip() for key in str(annotations.get(ANNOTATION, "")).split(","))
    return Reference(kind, name, state, keys, tuple(filter(None, differs)))


def _digest(nonce: bytes, key: str, encoded: str) -> str:
    try:
        value = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        value = b""  # the API stores nothing else than base64
    message = key.encode() + b"\0" + value
    return hmac.new(nonce, message, hashlib.sha256).hexdigest()[:_DIGEST_CHARACTERS]


def _named(template: Json) -> Iterator[tuple[str, str, bool]]:
    for one in (*(template.get("initContainers") or ()), *(template.get("containers") or ())):
        for source in one.get("envFrom") or ():
            yield from _sources(source, "secretRef", "configMapRef")
        for variable in one.get("env") or ():
            yield from _sources(variable.get("valueFrom") or {}, "secretKeyRef", "configMapKeyRef")
    for volume in template.get("volumes") or ():
        yield from _sources(volume, "secret", "configMap")
        for source in (volume.get("projected") or {}).get("sources") or ():
            yield from _sources(source, "secret", "configMap")
    for pull in template.get("imagePullSecrets") or ():
        yield "Secret", pull["name"], False


def _sources(source: Json, secret: str, config_map: str) -> Iterator[tuple[str, str, bool]]:
    for field, kind in ((secret, "Secret"), (config_map, "ConfigMap")):
        if field in source:
            named = source[field]
            name = str(named.get("name") or named.get("secretName"))
            yield kind, name, bool(named.get("optional"))
