"""The one role that AWS vouches for to Azure, and the steps that ask the Function App take on."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from landbridge.adapters.entra import FEDERATION_AUDIENCE
from stacks.acknowledgements import acknowledge

__all__ = ["FunctionCaller"]


class FunctionCaller(Construct):
    """Gets a short token for Entra from STS, and may do nothing else in AWS.

    Its ARN is the subject of Entra's federated credential, so it has a name of its own. Who may
    take it on is said by the steps' own policies: each step has a role, and a trust policy that
    named them all would be longer than IAM takes.
    """

    def __init__(self, scope: Construct, construct_id: str, *, workload: str) -> None:
        super().__init__(scope, construct_id)
        self.role = iam.Role(
            self,
            "Role",
            role_name=f"landbridge-{workload}-function-caller",
            assumed_by=iam.AccountRootPrincipal(),
            description="Who the orchestrator is to Entra: asks the Function App in Azure",
        )
        self.role.add_to_policy(
            iam.PolicyStatement(
                actions=["sts:GetWebIdentityToken"],
                resources=["*"],
                conditions={
                    "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": FEDERATION_AUDIENCE},
                    "NumericLessThanEquals": {"sts:DurationSeconds": "300"},
                    "StringEquals": {"sts:SigningAlgorithm": "RS256"},
                },
            )
        )
        acknowledge(
            self.role,
            "IAM5[Resource::*]",
            "a token has no ARN; its audience, life and algorithm are bounded by conditions",
        )
