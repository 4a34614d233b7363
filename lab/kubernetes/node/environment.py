"""A container's environment and command line, from its spec as Kubernetes reads it."""

import base64
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lab.kubernetes.client import Api, Json, RefusedError, path_of
from lab.kubernetes.node.images import Image
from lab.kubernetes.node.service_tokens import ServiceTokens

_REFERENCE = re.compile(r"\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)")
_SUBSCRIPT = re.compile(r"metadata\.(labels|annotations)\['(.+)'\]")
#: Passed through from the node: it marks every process of one lab.
MARKER = "LANDBRIDGE_LAB"
_NOT_FOUND = 404


class ConfigError(Exception):
    """A container can't be created: something that its spec refers to is missing."""


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replace $(NAME) by the variable's value; unknown names stay, and $$ stands for $."""

    def value(found: re.Match[str]) -> str:
        if found.group(0) == "$$":
            return "$"
        return variables.get(found.group(1), found.group(0))

    return _REFERENCE.sub(value, text)


def command_line(container: Json, image: Image, variables: Mapping[str, str]) -> list[str]:
    """Give the command line: `command` replaces the image's own and its arguments, `args` these."""
    if container.get("command"):
        parts = [*container["command"], *container.get("args", [])]
    else:
        parts = [*image.command, *container.get("args", image.args)]
    return [expand(part, variables) for part in parts]


def base_environment(pod: Json, address: str) -> dict[str, str]:
    """Give what every container gets: PATH, its host's name and address, the lab's marker."""
    search = f"{Path(sys.executable).parent}:{os.environ.get('PATH', '/usr/bin:/bin')}"
    name = pod["spec"].get("hostname", pod["metadata"]["name"])
    marker = {MARKER: os.environ[MARKER]} if MARKER in os.environ else {}
    return {"PATH": search, "HOSTNAME": name, "HOST": address, **marker}


class References:
    """Reads what environments and volumes refer to: ConfigMaps, Secrets and the pod's own fields.

    `fields` gives what a pod doesn't say of itself before its status is written; `tokens` signs
    for the pod's service account, None where the cluster has no issuer.
    """

    def __init__(
        self,
        api: Api,
        pod: Json,
        fields: Mapping[str, str],
        tokens: ServiceTokens | None = None,
    ) -> None:
        self._api = api
        self._tokens = tokens
        self._pod = pod
        self._fields = fields

    async def data(self, plural: str, name: str, *, optional: bool) -> dict[str, bytes] | None:
        """Give a ConfigMap's or Secret's values; None for an absent one that is optional."""
        namespace = self._pod["metadata"]["namespace"]
        try:
            item = await self._api.get(path_of(plural, namespace, name))
        except RefusedError as error:
            if error.code == _NOT_FOUND and optional:
                return None
            raise ConfigError(f'{plural.removesuffix("s")} "{name}": {error}') from error
        binary = item.get("data" if plural == "secrets" else "binaryData", {})
        values = {key: base64.b64decode(value) for key, value in binary.items()}
        if plural == "configmaps":
            values |= {key: value.encode() for key, value in item.get("data", {}).items()}
        return values

    def field(self, path: str) -> str:
        """Give a field of the pod by its path, as `fieldRef` names it."""
        if path in self._fields:
            return self._fields[path]
        if found := _SUBSCRIPT.fullmatch(path):
            return str(self._pod["metadata"].get(found.group(1), {}).get(found.group(2), ""))
        value: Any = self._pod
        for step in path.split("."):
            value = value.get(step, "") if isinstance(value, dict) else ""
        return str(value)

    def account_token(self, audience: str) -> str:
        """Give a token of the pod's service account for somebody; raises ConfigError."""
        if self._tokens is None:
            raise ConfigError("this cluster issues no tokens of service accounts")
        account = self._pod["spec"].get("serviceAccountName", "default")
        return self._tokens.token(self._pod["metadata"]["namespace"], account, audience)

    async def variables(self, container: Json, base: Mapping[str, str]) -> dict[str, str]:
        """Give a container's whole environment; raises ConfigError."""
        variables = dict(base)
        for source in container.get("envFrom", []):
            variables |= await self._all_of(source)
        for entry in container.get("env", []):
            value = await self._value(entry, variables)
            if value is not None:
                variables[entry["name"]] = value
        return variables

    async def _all_of(self, source: Json) -> dict[str, str]:
        plural = "configmaps" if "configMapRef" in source else "secrets"
        reference = source.get("configMapRef") or source["secretRef"]
        optional = reference.get("optional", False)
        values = await self.data(plural, reference["name"], optional=optional) or {}
        prefix = source.get("prefix", "")
        return {prefix + key: value.decode() for key, value in values.items()}

    async def _value(self, entry: Json, variables: Mapping[str, str]) -> str | None:
        source = entry.get("valueFrom")
        if source is None:
            return expand(entry.get("value", ""), variables)
        if "fieldRef" in source:
            return self.field(source["fieldRef"]["fieldPath"])
        if not {"configMapKeyRef", "secretKeyRef"} & set(source):
            raise ConfigError(f"{entry['name']}: this node can't read {sorted(source)}")
        plural = "configmaps" if "configMapKeyRef" in source else "secrets"
        reference = source.get("configMapKeyRef") or source["secretKeyRef"]
        optional = reference.get("optional", False)
        values = await self.data(plural, reference["name"], optional=optional) or {}
        if reference["key"] in values:
            return values[reference["key"]].decode()
        if optional:
            return None
        missing = f"couldn't find key {reference['key']} in {plural.removesuffix('s')}"
        raise ConfigError(f"{missing} {reference['name']}")
