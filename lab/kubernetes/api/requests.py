"""What a request's method, path and query ask for."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from lab.kubernetes.api.errors import bad_request
from lab.kubernetes.api.rbac import Attributes
from lab.kubernetes.api.resources import BY_PATH, Resource

_CORE_PREFIX, _GROUP_PREFIX = 2, 3  # "api/v1/...", "apis/<group>/<version>/..."
_OF_NAMESPACE = ("status", "finalize")
_ONE = {"GET": "get", "HEAD": "get", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_MANY = {"GET": "list", "HEAD": "list", "POST": "create", "DELETE": "deletecollection"}
_TRUE = ("1", "true", "True", "t", "T", "TRUE")


@dataclass(frozen=True)
class Target:
    """One resource request; `single` where it names an object and not a collection."""

    resource: Resource
    wanted: Attributes
    single: bool

    @property
    def namespace(self) -> str:
        """The namespace in the path, '' for none."""
        return self.wanted.namespace if self.resource.namespaced else ""

    @property
    def name(self) -> str:
        """The object's name in the path, '' for a collection."""
        return self.wanted.name


def flag(query: Mapping[str, str], name: str) -> bool:
    """Read a flag of the query."""
    return query.get(name, "") in _TRUE


def dry_run(query: Mapping[str, str]) -> bool:
    """Read `dryRun`, whose only value is All; raises ApiError 400 for another."""
    value = query.get("dryRun", "")
    if value not in ("", "All"):
        raise bad_request(f'dryRun: Unsupported value: "{value}": supported values: "All"')
    return value == "All"


def parse(request: web.Request) -> tuple[Resource | None, Attributes, bool] | None:
    """Read a request's path: the resource if known, what is wanted, and whether of one object.

    Gives None where the path is not that of a resource.
    """
    steps = request.path.strip("/").split("/")
    if steps[0] == "api" and len(steps) > _CORE_PREFIX:
        group, version, rest = "", steps[1], steps[2:]
    elif steps[0] == "apis" and len(steps) > _GROUP_PREFIX:
        group, version, rest = steps[1], steps[2], steps[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 2 and rest[2] not in _OF_NAMESPACE:  # noqa: PLR2004
        namespace, rest = rest[1], rest[2:]
    plural, name, subresource = rest[0], "".join(rest[1:2]), "/".join(rest[2:])
    resource = BY_PATH.get((group, version, plural))
    if plural == "namespaces":
        namespace = name  # what is done to a namespace is judged by the roles in it
    verb = _verb(request, name, subresource)
    single = bool(name)
    name = name or _selected_name(request.query.get("fieldSelector", ""))
    return resource, Attributes(verb, group, plural, subresource, namespace, name), single


def _verb(request: web.Request, name: str, subresource: str) -> str:
    if request.method == "POST" and (subresource or not name):
        return "create"
    verb = (_ONE if name else _MANY).get(request.method, request.method.lower())
    return "watch" if verb in ("list", "get") and flag(request.query, "watch") else verb


def _selected_name(fields: str) -> str:
    """Give the one name that a list's selector leaves: roles with resourceNames allow it."""
    found = [part.partition("=")[2].lstrip("=") for part in fields.split(",")
             if part.startswith("metadata.name=")]  # fmt: skip
    return found[0] if len(found) == 1 else ""
