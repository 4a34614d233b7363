"""Deploys a cloud assembly into the emulator, as the CDK's command line would into AWS."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.aws.not_created import NOT_CREATED
from lab.aws.templates import Template, configured, without

__all__ = [
    "DeploymentError",
    "Stack",
    "deploy_stack",
    "of_a_site",
    "read_stacks",
]

Client = Callable[[str, str], Any]

_ALIAS = "AWS::StepFunctions::StateMachineAlias"
# The stacks that make a site itself, which a lab is: none of them is deployed.
_SITE_STACKS = ("-primary", "-access")

# CDK's bootstrap stack: its version is a parameter of Systems Manager that each template looks at.
_BOOTSTRAP_VERSION = "/cdk-bootstrap/hnb659fds/version"
_BOOTSTRAPPED = "30"


class DeploymentError(Exception):
    """CloudFormation did not create the stack; the message has its reasons."""


@dataclass(frozen=True)
class Stack:
    """One stack of the assembly; ``artifact`` is its id in the app."""

    artifact: str
    name: str
    region: str
    template: Template
    assets: Mapping[str, Any]
    folder: Path
    depends_on: tuple[str, ...]

    @property
    def zones(self) -> list[str]:
        """The logical ids of its hosted zones."""
        found = self.template["Resources"].items()
        return [name for name, one in found if one["Type"] == "AWS::Route53::HostedZone"]


def of_a_site(stack: Stack) -> bool:
    """Whether the stack makes the primary itself."""
    return stack.name.endswith(_SITE_STACKS)


def read_stacks(assembly: Path) -> list[Stack]:
    """Return the assembly's stacks, each after those that it depends on."""
    artifacts = json.loads((assembly / "manifest.json").read_text())["artifacts"]
    stacks = {
        artifact: _stack(assembly, artifact, described, artifacts)
        for artifact, described in artifacts.items()
        if described["type"] == "aws:cloudformation:stack"
    }
    ordered: list[Stack] = []

    def place(artifact: str) -> None:
        for other in stacks[artifact].depends_on:
            place(other)
        if stacks[artifact] not in ordered:
            ordered.append(stacks[artifact])

    for artifact in stacks:
        place(artifact)
    return ordered


def _stack(
    assembly: Path, artifact: str, described: Mapping[str, Any], artifacts: Mapping[str, Any]
) -> Stack:
    properties = described["properties"]
    dependencies = described.get("dependencies", [])
    return Stack(
        artifact=artifact,
        name=properties["stackName"],
        region=described["environment"].rpartition("/")[2],
        template=json.loads((assembly / properties["templateFile"]).read_text()),
        assets=json.loads((assembly / f"{artifact}.assets.json").read_text())["files"],
        folder=assembly,
        depends_on=tuple(
            name for name in dependencies if artifacts[name]["type"] == "aws:cloudformation:stack"
        ),
    )


def deploy_stack(
    client: Client,
    account: str,
    stack: Stack,
    values: Mapping[str, str | list[str]],
    identifiers: Mapping[str, str],
) -> dict[str, str]:
    """Create the stack in its region; return its outputs. Raises DeploymentError.

    ``values`` take the place of the template's configured ones. ``identifiers`` (logical id ->
    physical id) are of resources in NOT_CREATED, made elsewhere.
    """
    template = without(configured(stack.template, values), NOT_CREATED, identifiers)
    if not template["Resources"]:
        # CloudFormation takes no stack of nothing; what it would say is plain by now.
        return {name: one["Value"] for name, one in template["Outputs"].items()}
    publish_assets(client, account, stack)
    cloudformation = client("cloudformation", stack.region)
    cloudformation.create_stack(
        StackName=stack.name,
        TemplateURL=_upload_template(client, account, stack, template),
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
    )
    waiter = cloudformation.get_waiter("stack_create_complete")
    try:
        waiter.wait(StackName=stack.name, WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    except Exception as error:
        raise DeploymentError(f"{stack.name}: {_reasons(cloudformation, stack.name)}") from error
    _publish_machines(client, stack, cloudformation)
    described = cloudformation.describe_stacks(StackName=stack.name)["Stacks"][0]
    return {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}


def _publish_machines(client: Client, stack: Stack, cloudformation: Any) -> None:
    """Publish the machines' first versions and name them, as the left out resources would."""
    states = client("stepfunctions", stack.region)
    for machine, alias in _aliases(stack.template):
        described = cloudformation.describe_stack_resource(
            StackName=stack.name, LogicalResourceId=machine
        )
        arn = described["StackResourceDetail"]["PhysicalResourceId"]
        version = states.publish_state_machine_version(stateMachineArn=arn)
        route = {"stateMachineVersionArn": version["stateMachineVersionArn"], "weight": 100}
        states.create_state_machine_alias(name=alias, routingConfiguration=[route])


def _aliases(template: Template) -> Iterator[tuple[str, str]]:
    """Yield the machine's logical id and the name, for each alias of the template."""
    resources = template["Resources"]
    for one in resources.values():
        if one["Type"] == _ALIAS:
            preference = one["Properties"]["DeploymentPreference"]
            version = resources[preference["StateMachineVersionArn"]["Fn::GetAtt"][0]]
            yield version["Properties"]["StateMachineArn"]["Ref"], one["Properties"]["Name"]


def _bucket(account: str, region: str) -> str:
    return f"cdk-hnb659fds-assets-{account}-{region}"


def publish_assets(client: Client, account: str, stack: Stack) -> None:
    """Put the stack's zips into the bootstrap's bucket, and say that there was a bootstrap."""
    ssm = client("ssm", stack.region)
    ssm.put_parameter(Name=_BOOTSTRAP_VERSION, Value=_BOOTSTRAPPED, Type="String", Overwrite=True)
    s3 = client("s3", stack.region)
    bucket = _bucket(account, stack.region)
    # us-east-1 is the one region that CreateBucket does not take as a constraint.
    elsewhere = {"CreateBucketConfiguration": {"LocationConstraint": stack.region}}
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):  # by a stack before this one
        s3.create_bucket(Bucket=bucket, **({} if stack.region == "us-east-1" else elsewhere))
    for asset in stack.assets.values():
        path = stack.folder / asset["source"]["path"]
        if path.suffix != ".zip":
            continue  # the template itself
        for destination in asset["destinations"].values():
            s3.put_object(Bucket=bucket, Key=destination["objectKey"], Body=path.read_bytes())


def _upload_template(client: Client, account: str, stack: Stack, template: Template) -> str:
    """Return the template's address: a body of its own may have 51,200 bytes, this has more."""
    s3 = client("s3", stack.region)
    bucket, key = _bucket(account, stack.region), f"{stack.name}.template.json"
    s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(template).encode())
    return f"https://s3.{stack.region}.amazonaws.com/{bucket}/{key}"


def _reasons(cloudformation: Any, name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    failed = [one for one in events if one["ResourceStatus"].endswith("_FAILED")]
    return "; ".join(
        f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in failed
    )
