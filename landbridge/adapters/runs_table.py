"""The table of runs as DynamoDB's API has it: items with a type beside each value.

boto3's own Table does the same, and more; see landbridge.adapters.aws_clients.
"""

from collections.abc import Mapping
from decimal import Decimal

from botocore.config import Config

from landbridge.adapters.aws_clients import aws_client

__all__ = ["Item", "RunsTable"]

Item = Mapping[str, str | int | Decimal]


class RunsTable:
    """Texts and numbers in, texts out: a number comes back as DynamoDB writes it."""

    def __init__(self, name: str, config: Config) -> None:
        self._name, self._client = name, aws_client("dynamodb", config)

    def put_item(self, item: Item) -> None:
        """Write the item over what has its key."""
        self._client.put_item(TableName=self._name, Item=_typed(item))

    def get_item(self, key: Item) -> dict[str, str] | None:
        """Return the item as it was last written, or None where there is none."""
        answer = self._client.get_item(TableName=self._name, Key=_typed(key), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def newest(self, index: str, kind: str, limit: int) -> list[dict[str, str]]:
        """Return the newest items of a kind, newest first; one just written may lack."""
        answer = self._client.query(
            TableName=self._name,
            IndexName=index,
            KeyConditionExpression="#kind = :kind",
            ExpressionAttributeNames={"#kind": "kind"},
            ExpressionAttributeValues={":kind": {"S": kind}},
            ScanIndexForward=False,
            Limit=limit,
        )
        return [_plain(item) for item in answer["Items"]]


def _typed(item: Item) -> dict[str, dict[str, str]]:
    return {
        name: {"S": value} if isinstance(value, str) else {"N": str(value)}
        for name, value in item.items()
    }


def _plain(item: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    return {name: next(iter(value.values())) for name, value in item.items()}
