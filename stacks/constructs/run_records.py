"""The bucket that keeps each run's whole record, for as long as anybody may ask about it."""

import aws_cdk as cdk
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.acknowledgements import acknowledge

__all__ = ["RunRecords"]

_KEPT_DAYS = 7 * 365
_OVERWRITTEN_DAYS = 90


class RunRecords(Construct):
    """Encrypted, private, TLS alone, versioned, and there with its stack gone."""

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        self.bucket = s3.Bucket(
            self,
            "Bucket",
            # S3's own key of the account: writing with it needs no grant beside PutObject.
            encryption=s3.BucketEncryption.KMS_MANAGED,
            bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            enforce_ssl=True,
            minimum_tls_version=1.2,
            versioned=True,
            lifecycle_rules=[
                s3.LifecycleRule(
                    id="Records",
                    expiration=cdk.Duration.days(_KEPT_DAYS),
                    noncurrent_version_expiration=cdk.Duration.days(_OVERWRITTEN_DAYS),
                    abort_incomplete_multipart_upload_after=cdk.Duration.days(7),
                )
            ],
            removal_policy=cdk.RemovalPolicy.RETAIN,
        )
        acknowledge(
            self.bucket, "S1", "one function writes here, and CloudTrail has who reads objects"
        )
