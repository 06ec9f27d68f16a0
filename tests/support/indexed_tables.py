"""A table with a local and a global index, for tests of what writes cost and tell."""

from typing import Any

#: Members of CreateTable: key pk, sk; local index `local` (pk, lk; keys only); global index `global` (gk; everything).
INDEXED: dict[str, Any] = {
    "AttributeDefinitions": [
        {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "lk", "gk")
    ],
    "LocalSecondaryIndexes": [
        {
            "IndexName": "local",
            "KeySchema": [
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "lk", "KeyType": "RANGE"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
        }
    ],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "global",
            "KeySchema": [{"AttributeName": "gk", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
    ],
}
KIB = 1024


def texts(**attributes: str) -> dict[str, Any]:
    """Return an item of string attributes."""
    return {name: {"S": text} for name, text in attributes.items()}


def consumed(
    table: str, base: float, local: float = 0.0, global_: float = 0.0, **kinds: str
) -> dict[str, Any]:
    """Return the ConsumedCapacity that INDEXES reports; `member` names the units of a transaction."""
    member = kinds.get("member")

    def part(units: float) -> dict[str, float]:
        return {"CapacityUnits": units} | ({member: units} if member else {})

    answer: dict[str, Any] = {"TableName": table, **part(base + local + global_)}
    answer["Table"] = part(base)
    if local:
        answer["LocalSecondaryIndexes"] = {"local": part(local)}
    if global_:
        answer["GlobalSecondaryIndexes"] = {"global": part(global_)}
    return answer
