"""STS vouches for a role to Entra: the very adapter, against the emulator with IAM enforced."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jwt
import pytest
from botocore.exceptions import ClientError

from lab.aws.service import ACCOUNT, Aws
from lab.azure.signing import SigningKey
from lab.processes.folder import LabFolder
from landbridge.adapters.aws_clients import aws_session
from landbridge.adapters.web_identity import web_identity_token
from landbridge.domain.errors import AccessDeniedError, SiteUnknownError

ISSUER = "https://an-account.tokens.sts.global.api.aws"
AUDIENCE = "api://AzureADTokenExchange"
REGION = "eu-central-1"
KEY = SigningKey.made("aws")
CONDITIONS = {
    "ForAllValues:StringEquals": {"sts:IdentityTokenAudience": AUDIENCE},
    "NumericLessThanEquals": {"sts:DurationSeconds": "300"},
    "StringEquals": {"sts:SigningAlgorithm": "RS256"},
}


@pytest.fixture(scope="module", name="sts")
def _sts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    file = tmp_path_factory.mktemp("issuer") / "key.pem"
    file.write_text(KEY.pem)
    with LabFolder() as lab:
        aws = Aws(lab, issuer=(ISSUER, Path(file)))
        aws.start()
        _role(aws, "caller", "sts:GetWebIdentityToken", "*", CONDITIONS)
        _role(aws, "step", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/caller")
        _role(aws, "other-step", "s3:GetObject", "*")
        yield aws
        aws.stop()


def _role(aws: Aws, name: str, action: str, resource: str, conditions: object = None) -> None:
    iam = aws.client("iam", REGION)
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal}
    allow = {"Effect": "Allow", "Action": action, "Resource": resource}
    allow |= {"Condition": conditions} if conditions else {}
    version = "2012-10-17"
    iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps({"Version": version, "Statement": [trust]}),
    )
    document = json.dumps({"Version": version, "Statement": [allow]})
    iam.put_role_policy(RoleName=name, PolicyName="own", PolicyDocument=document)


@pytest.fixture(name="become")
def _become(sts: Aws, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give what lets this process be a role, as a Lambda is one."""

    def become(role: str) -> dict[str, str]:
        asked = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{role}", "RoleSessionName": "test"}
        given = sts.client("sts", REGION).assume_role(**asked)["Credentials"]
        aws_session.cache_clear()  # it keeps who somebody was before
        monkeypatch.setenv("AWS_ENDPOINT_URL", sts.endpoint_url)
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", given["AccessKeyId"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", given["SecretAccessKey"])
        monkeypatch.setenv("AWS_SESSION_TOKEN", given["SessionToken"])
        return dict(given)

    return become


def test_a_step_gets_aws_word_for_the_shared_role(become: Any) -> None:
    """The subject is the shared role, whichever step asks; it is signed by the account's issuer."""
    become("step")
    token = web_identity_token(f"arn:aws:iam::{ACCOUNT}:role/caller", AUDIENCE)
    claims = jwt.decode(
        token, KEY.private.public_key(), ["RS256"], audience=AUDIENCE, issuer=ISSUER
    )
    assert claims["sub"] == f"arn:aws:iam::{ACCOUNT}:role/caller"
    assert claims["exp"] - claims["iat"] == 300


def test_a_step_that_may_not_ask_the_function_app(become: Any) -> None:
    """A role without the right does not become the shared one."""
    become("other-step")
    with pytest.raises(AccessDeniedError, match="AssumeRole"):
        web_identity_token(f"arn:aws:iam::{ACCOUNT}:role/caller", AUDIENCE)


def test_the_word_is_for_entra_alone(become: Any) -> None:
    """The shared role's policy refuses any other audience, and longer lives."""
    become("step")
    with pytest.raises(AccessDeniedError, match="GetWebIdentityToken"):
        web_identity_token(f"arn:aws:iam::{ACCOUNT}:role/caller", "https://somebody-else")


def test_a_longer_life_is_refused(sts: Aws, become: Any) -> None:
    """Five minutes is what a grant needs."""
    given = become("caller")
    client = boto3.client(
        "sts",
        region_name=REGION,
        endpoint_url=sts.endpoint_url,
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        client.get_web_identity_token(
            Audience=[AUDIENCE], SigningAlgorithm="RS256", DurationSeconds=3600
        )


def test_sts_that_does_not_answer(become: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is unknown, and may be tried again."""
    become("step")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(SiteUnknownError):
        web_identity_token(f"arn:aws:iam::{ACCOUNT}:role/caller", AUDIENCE)
