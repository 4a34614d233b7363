"""What holds data is encrypted with KMS, with a key that few may use."""

import json
from typing import Any

Template = dict[str, Any]
KMS_QUEUE = {"kms:Decrypt", "kms:GenerateDataKey"}


def _of(templates: dict[str, Template], kind: str) -> list[tuple[str, Template]]:
    return [
        (f"{stack}.{name}", one["Properties"])
        for stack, template in templates.items()
        for name, one in template["Resources"].items()
        if one["Type"] == kind
    ]


def _is_own_key(value: object) -> bool:
    return "Key" in json.dumps(value) and ("Fn::GetAtt" in str(value) or "Import" in str(value))


def test_queues_and_logs_are_encrypted_with_the_stacks_own_key(
    templates: dict[str, Template],
) -> None:
    """AWS's keys cannot serve these two: each names a key that the app makes."""
    queues = _of(templates, "AWS::SQS::Queue")
    groups = _of(templates, "AWS::Logs::LogGroup")

    assert {name.partition(".")[0] for name, _ in queues} == {"GameDay", "Health", "Orchestrator"}
    assert [name for name, one in queues if not _is_own_key(one.get("KmsMasterKeyId"))] == []
    assert [name for name, one in groups if not _is_own_key(one.get("KmsKeyId"))] == []
    assert len(groups) > 50


def test_every_log_is_kept_for_a_time_and_every_function_is_arm64(
    templates: dict[str, Template],
) -> None:
    """No log group grows for ever, and what costs less runs everything."""
    groups, functions = (
        _of(templates, "AWS::Logs::LogGroup"),
        _of(templates, "AWS::Lambda::Function"),
    )

    assert [name for name, one in groups if not one.get("RetentionInDays")] == []
    ours = [(name, one) for name, one in functions if one["Handler"].startswith("functions.")]
    assert [name for name, one in ours if one["Architectures"] != ["arm64"]] == []
    assert len(ours) > 40


def test_table_topic_and_bucket_are_encrypted_with_kms(templates: dict[str, Template]) -> None:
    """AWS's own KMS keys, which need no grant of any role."""
    ((_, table),) = _of(templates, "AWS::DynamoDB::Table")
    ((_, topic),) = _of(templates, "AWS::SNS::Topic")
    ((_, bucket),) = _of(templates, "AWS::S3::Bucket")
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]

    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert "alias/aws/sns" in json.dumps(topic["KmsMasterKeyId"])
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"


def test_a_key_is_used_by_those_alone_who_write_with_it(templates: dict[str, Template]) -> None:
    """CloudWatch Logs for this workload's groups, EventBridge and SNS for this account."""
    for name, key in _of(templates, "AWS::KMS::Key"):
        if name.startswith("Primary."):
            continue  # the cluster's own: tests/stacks/test_primary_stack.py
        statements = {one["Sid"]: one for one in key["KeyPolicy"]["Statement"]}
        groups = json.dumps(statements["Logs"]["Condition"])

        assert set(statements) == {"TheAccount", "Logs", "Events", "Sns"}, name
        assert "log-group:/aws/lambda/landbridge-orders-*" in groups
        assert "log-group:/aws/vendedlogs/states/landbridge-orders-*" in groups
        for service in ("Events", "Sns"):
            assert set(statements[service]["Action"]) == KMS_QUEUE
            account = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
            assert statements[service]["Condition"] == account
        assert key["EnableKeyRotation"] is True
