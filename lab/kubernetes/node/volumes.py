"""A pod's volumes as folders, and mount paths rewritten to them.

A process has no file system of its own as a container has. So where a container's environment or
command line names a path under one of its mounts, the path of the volume's folder is put instead.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from lab.kubernetes.client import Json
from lab.kubernetes.node.environment import ConfigError, References


async def make_volumes(
    spec: Json, references: References, pod_folder: Path, claims_folder: Path
) -> dict[str, Path]:
    """Make a pod's volumes, filled; gives name -> folder. Raises ConfigError."""
    folders = {}
    for volume in spec.get("volumes", []):
        name = volume["name"]
        if "hostPath" in volume:
            folders[name] = Path(volume["hostPath"]["path"])
        elif "persistentVolumeClaim" in volume:
            folders[name] = claims_folder / volume["persistentVolumeClaim"]["claimName"]
        else:
            folders[name] = pod_folder / "volumes" / name
        folders[name].mkdir(parents=True, exist_ok=True)
        for path, content in (await _files(volume, references)).items():
            target = folders[name] / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(0o600)  # a private key's users insist on it
    return folders


async def _files(volume: Json, references: References) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for source in volume.get("projected", {}).get("sources", []):
        files |= await _files(source, references)
    for kind, plural in (("configMap", "configmaps"), ("secret", "secrets")):
        if kind in volume:
            files |= await _keys(volume[kind], plural, references)
    if "serviceAccountToken" in volume:
        source = volume["serviceAccountToken"]
        files[source["path"]] = references.account_token(source.get("audience", "")).encode()
    for item in volume.get("downwardAPI", {}).get("items", []):
        files[item["path"]] = references.field(item["fieldRef"]["fieldPath"]).encode()
    return files


async def _keys(source: Json, plural: str, references: References) -> dict[str, bytes]:
    name = source.get("secretName") or source["name"]
    optional = source.get("optional", False)
    values = await references.data(plural, name, optional=optional) or {}
    if "items" not in source:
        return values
    missing = [item["key"] for item in source["items"] if item["key"] not in values]
    if missing and not optional:
        raise ConfigError(f"references non-existent key {missing[0]} of {name}")
    return {i["path"]: values[i["key"]] for i in source["items"] if i["key"] in values}


def mounted(container: Json, folders: Mapping[str, Path]) -> dict[str, Path]:
    """Give a container's mounts: path in the container -> folder here."""
    return {
        mount["mountPath"].rstrip("/"): folders[mount["name"]] / mount.get("subPath", "")
        for mount in container.get("volumeMounts", [])
    }


def rewrite(text: str, mounts: Mapping[str, Path]) -> str:
    """Put the volumes' folders where the text names paths under mounts, longest mount first."""
    for path in sorted(mounts, key=len, reverse=True):
        pattern = rf"(?<![\w./-]){re.escape(path)}(?![\w.-])"
        text = re.sub(pattern, str(mounts[path]).replace("\\", r"\\"), text)
    return text
