"""The primary's region: the steps' roles, let into the cluster that the stack Primary made.

A stack of its own, since EKS takes an entry only for a role that is there, and the steps' roles
are made in another region after the cluster.
"""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_eks as eks
from constructs import Construct

from landbridge.configuration import Configuration
from landbridge.domain.plan import FAILBACK, FAILOVER, STANDALONE

__all__ = ["ORCHESTRATOR_USER", "AccessStack"]

# The subject of the role bindings in deploy/aws: what it may do, Kubernetes' roles say.
ORCHESTRATOR_USER = "landbridge-orchestrator"


class AccessStack(cdk.Stack):
    """An access entry for each step that asks the cluster, all under one user's name.

    Its parameters are the outputs of the stack Orchestrator by the same names.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, configuration: Configuration, **kwargs: Any
    ) -> None:
        super().__init__(scope, construct_id, **kwargs)
        for step in FAILOVER + FAILBACK + STANDALONE:
            if "eks" in step.uses:
                role = cdk.CfnParameter(
                    self,
                    f"{step.construct}RoleArn",
                    description="The stack Orchestrator's output of that name",
                    allowed_pattern=r"^arn:aws:iam::\d{12}:role/.+$",
                )
                eks.CfnAccessEntry(
                    self,
                    step.construct,
                    cluster_name=configuration.eks.cluster,
                    principal_arn=role.value_as_string,
                    type="STANDARD",
                    username=ORCHESTRATOR_USER,
                )
