"""A changed cdk.json is deployed by `cdk deploy` alone."""

import json
from typing import Any

from lab.aws.synthesis import ROOT
from landbridge.configuration import load_configuration, read_context

Template = dict[str, Any]
# CDK's own, which no configuration changes: the bootstrap stack's version is looked at by it.
OF_THE_CDK = {"BootstrapVersion"}


def test_nothing_that_is_configured_is_a_parameter(templates: dict[str, Template]) -> None:
    """`cdk deploy` keeps each parameter's earlier value, whatever the new template's default is.

    One without a default is no configuration: whoever deploys has to say it.
    """
    with_default = {
        name
        for template in templates.values()
        for name, one in template["Parameters"].items()
        if "Default" in one
    }

    assert with_default == OF_THE_CDK


def test_the_templates_themselves_have_what_is_configured(
    health: Template, dns: Template, orchestrator: Template
) -> None:
    """Each value is a literal of the mapping that the resources refer to."""
    configuration = load_configuration(read_context(ROOT / "cdk.json"))

    def values(template: Template) -> dict[str, Any]:
        return dict(template["Mappings"]["Configured"]["Values"])

    assert values(health) == {
        "EntryPort": str(configuration.port),
        "FunctionHost": configuration.function_app.host,
        "FunctionPort": str(configuration.function_app.port),
    }
    assert values(dns) == {
        "AwsAddresses": list(configuration.sites.aws.addresses),
        "AzureAddresses": list(configuration.sites.azure.addresses),
        "TtlSeconds": str(configuration.ttl_seconds),
    }
    assert json.loads(values(orchestrator)["Settings"]) == json.loads(
        json.dumps(configuration.settings())
    )
    for template in (health, dns, orchestrator):
        for name in values(template):
            asked = {"Fn::FindInMap": ["Configured", "Values", name]}
            assert json.dumps(asked) in json.dumps(template["Resources"])
