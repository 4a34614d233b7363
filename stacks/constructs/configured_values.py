"""Values of the world, in the template's own mapping, so that a lab can put its own in their place.

Not parameters: a deployment keeps a parameter's earlier value whatever the template's default has
become (AWS CDK Developer Guide, "cdk deploy", ``--previous-parameters``), so a changed cdk.json
would change nothing. A mapping is a part of the template and may hold more than a parameter's 4 kB.
"""

from collections.abc import Mapping, Sequence
from typing import cast

import aws_cdk as cdk
from constructs import Construct

__all__ = ["MAPPING", "VALUES", "ConfiguredValues"]

# Where they stand in a template: Mappings / Configured / Values / name.
MAPPING, VALUES = "Configured", "Values"


class ConfiguredValues:
    """A stack's one mapping; a name that nobody gave raises an error of CDK's in the synth."""

    def __init__(self, stack: Construct, values: Mapping[str, str | Sequence[str]]) -> None:
        # jsii knows lists and no tuples.
        known = {name: one if isinstance(one, str) else list(one) for name, one in values.items()}
        self._mapping = cdk.CfnMapping(stack, MAPPING, mapping={VALUES: known}, lazy=False)

    def text(self, name: str) -> str:
        """Return a reference to that value."""
        return self._mapping.find_in_map(VALUES, name)

    def number(self, name: str) -> float:
        """Return it where CDK wants a number; it stands in the template as text."""
        return cast("float", cdk.Token.as_number(self.text(name)))

    def texts(self, name: str) -> list[str]:
        """Return it where CDK wants a list."""
        return cdk.Token.as_list(self.text(name))
