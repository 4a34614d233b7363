"""CloudFormation templates resolved to plain values: references, parameters, exports. No I/O."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Resolver", "Resource", "TemplateError"]

_SUBSTITUTION = re.compile(r"\$\{(!?)([^}]+)\}")
_NO_VALUE = object()


class TemplateError(ValueError):
    """A template says something that cannot be resolved; the text says where and what."""


@dataclass(frozen=True)
class Resource:
    """One resource's place: which template, which logical id, and its type."""

    template: int
    logical_id: str
    type: str


class Resolver:
    """Resolves intrinsic functions over several templates that export values to one another.

    Knows Ref, Fn::GetAtt, Fn::Join, Fn::Sub, Fn::Select, Fn::Split, Fn::FindInMap and
    Fn::ImportValue. ``create`` is called once for each resource that is referenced, with its
    resolved properties, and returns its physical id.
    """

    def __init__(
        self,
        templates: Sequence[Mapping[str, Any]],
        parameters: Mapping[str, str],
        create: Callable[[Resource, Mapping[str, Any]], str],
    ) -> None:
        self._templates = templates
        self._parameters = parameters
        self._create = create
        self._created: dict[Resource, str] = {}
        self._under_way: list[Resource] = []
        self._functions: Mapping[str, Callable[[Any, int], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::ImportValue": self._import_value,
            "Fn::FindInMap": self._find_in_map,
        }

    def resources(self, kind: str) -> list[Resource]:
        """Return every resource of one type, in the templates' order."""
        return [
            Resource(index, logical_id, kind)
            for index, template in enumerate(self._templates)
            for logical_id, body in template.get("Resources", {}).items()
            if body["Type"] == kind
        ]

    def properties(self, resource: Resource) -> dict[str, Any]:
        """Return a resource's properties with everything resolved."""
        body = self._templates[resource.template]["Resources"][resource.logical_id]
        resolved = self._resolve(body.get("Properties", {}), resource.template)
        return dict(resolved)

    def reference(self, resource: Resource) -> str:
        """Return a resource's physical id; creates it first if need be."""
        if resource in self._created:
            return self._created[resource]
        if resource in self._under_way:
            circle = " -> ".join(found.logical_id for found in (*self._under_way, resource))
            raise TemplateError(f"resources refer to each other: {circle}")
        self._under_way.append(resource)
        self._created[resource] = self._create(resource, self.properties(resource))
        self._under_way.pop()
        return self._created[resource]

    def _resolve(self, value: Any, template: int) -> Any:
        if isinstance(value, list):
            resolved = [self._resolve(entry, template) for entry in value]
            return [entry for entry in resolved if entry is not _NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (key, argument), *_ = value.items()
            if key in self._functions:
                return self._functions[key](argument, template)
            if key.startswith("Fn::"):
                raise TemplateError(f"{key} is not supported here: {argument}")
        resolved_entries = {key: self._resolve(entry, template) for key, entry in value.items()}
        return {key: entry for key, entry in resolved_entries.items() if entry is not _NO_VALUE}

    def _ref(self, name: str, template: int) -> Any:
        if name == "AWS::NoValue":
            return _NO_VALUE
        body = self._templates[template].get("Resources", {}).get(name)
        if body is not None:
            return self.reference(Resource(template, name, body["Type"]))
        return self._parameter(name, self._templates[template].get("Parameters", {}).get(name, {}))

    def _parameter(self, name: str, declared: Mapping[str, Any]) -> Any:
        value = self._parameters.get(name, declared.get("Default"))
        if value is None:
            raise TemplateError(f"{name} is no resource and has no value as a parameter")
        kind = declared.get("Type", "String")
        if kind == "CommaDelimitedList" or kind.startswith("List<"):
            return [entry.strip() for entry in value.split(",")]
        return value

    def _get_att(self, argument: Any, template: int) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        if attribute not in {"Id", "HealthCheckId"}:
            raise TemplateError(f"the attribute {attribute} of {name} is not known here")
        return self._ref(name, template)

    def _join(self, argument: Any, template: int) -> str:
        separator, parts = argument
        return str(separator).join(str(part) for part in self._resolve(parts, template))

    def _sub(self, argument: Any, template: int) -> str:
        text, variables = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in variables:
                return str(self._resolve(variables[name], template))
            resolved = self._get_att(name, template) if "." in name else self._ref(name, template)
            return str(resolved)

        return _SUBSTITUTION.sub(value, text)

    def _select(self, argument: Any, template: int) -> Any:
        index, entries = argument
        return self._resolve(entries, template)[int(index)]

    def _split(self, argument: Any, template: int) -> list[str]:
        separator, text = argument
        return str(self._resolve(text, template)).split(separator)

    def _find_in_map(self, argument: Any, template: int) -> Any:
        mapping, *keys = self._resolve(argument, template)
        found = self._templates[template].get("Mappings", {}).get(mapping, {})
        for key in keys:
            if not isinstance(found, Mapping) or key not in found:
                raise TemplateError(f"the mapping {mapping} has no {'.'.join(map(str, keys))}")
            found = found[key]
        return found

    def _import_value(self, argument: Any, template: int) -> Any:
        name = self._resolve(argument, template)
        for index, exporter in enumerate(self._templates):
            for output in exporter.get("Outputs", {}).values():
                exported = output.get("Export", {}).get("Name")
                if exported is not None and self._resolve(exported, index) == name:
                    return self._resolve(output["Value"], index)
        raise TemplateError(f"no template exports {name}")
