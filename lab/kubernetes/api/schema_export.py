"""Write `schema.json`: the published fields and types of each kind that the server knows.

The source is the official client's models, which are generated from Kubernetes' OpenAPI document.
They are exported once because importing them takes a second, at every start of a lab.
Run as `python -m lab.kubernetes.api.schema_export`.
"""

import json
import re

from kubernetes import client

from lab.kubernetes.api.resources import RESOURCES, REVIEWS
from lab.kubernetes.api.schema import SCHEMA_FILE

_CONTAINER_TYPE = re.compile(r"(?:List\[|Dict\[str, )(.+)\]")
_ROOTS = [r.schema for r in (*RESOURCES, *REVIEWS)] + ["V1Scale", "V1DeleteOptions", "V1Binding"]


def published_schema() -> dict[str, dict[str, str]]:
    """Give type -> field -> field's type, for the server's kinds and all they are made of."""
    schema: dict[str, dict[str, str]] = {}
    pending = list(_ROOTS)
    while pending:
        name = pending.pop()
        if name in schema:
            continue
        model = getattr(client, name)
        fields = {model.attribute_map[key]: kind for key, kind in model.openapi_types.items()}
        schema[name] = dict(sorted(fields.items()))
        for kind in fields.values():
            found = _CONTAINER_TYPE.fullmatch(kind)
            inner = found.group(1) if found else kind
            if hasattr(client, inner):
                pending.append(inner)
    return dict(sorted(schema.items()))


def main() -> None:
    """Write the file beside this module."""
    lines = [f"{json.dumps(k)}: {json.dumps(v)}" for k, v in published_schema().items()]
    SCHEMA_FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
