"""Requests of other services made of properties: the same names in another spelling, the same values in other types."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from globaltables.api.model import read_document
from globaltables.companions.cloudformation.templates.parameters import text_of

#: The model of each service, in botocore's data folder.
_MODELS: Mapping[str, str] = {
    "application-autoscaling": "application-autoscaling/2016-02-06",
    "cloudformation": "cloudformation/2010-05-15",
    "dynamodb": "dynamodb/2012-08-10",
    "ecr": "ecr/2015-09-21",
    "events": "events/2015-10-07",
    "iam": "iam/2010-05-08",
    "kms": "kms/2014-11-01",
    "lambda": "lambda/2015-03-31",
    "logs": "logs/2014-03-28",
    "monitoring": "cloudwatch/2010-08-01",
    "s3": "s3/2006-03-01",
    "scheduler": "scheduler/2021-06-30",
    "secretsmanager": "secretsmanager/2017-10-17",
    "sns": "sns/2010-03-31",
    "sqs": "sqs/2012-11-05",
    "ssm": "ssm/2014-11-06",
}
_PLAIN = re.compile(r"[^a-z0-9]")


def request_of(service: str, operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request of an operation with what properties say of its members; others are left out.

    Args:
        service: the name that its requests are signed for.
        operation: AWS's name.
        properties: named as the members, in any case.
    """
    model = _model(service)
    shape: Mapping[str, Any] = model["operations"][operation].get("input", {})
    if not shape:
        return {}
    made: dict[str, Any] = _shaped(model["shapes"], shape["shape"], dict(properties))
    return made


@lru_cache(32)
def _model(service: str) -> Mapping[str, Any]:
    return read_document(f"{_MODELS[service]}/service-2.json.gz")


def _shaped(shapes: Mapping[str, Any], name: str, value: Any) -> Any:
    shape = shapes[name]
    match shape["type"]:
        case "structure":
            return _structure(shapes, shape, value)
        case "list":
            values = value if isinstance(value, list) else [value]
            return [_shaped(shapes, shape["member"]["shape"], inner) for inner in values]
        case "map":
            if isinstance(value, list):
                value = {tag["Key"]: tag["Value"] for tag in value}
            return {
                text_of(key): _shaped(shapes, shape["value"]["shape"], inner)
                for key, inner in value.items()
            }
        case kind:
            return _scalar(kind, value)


def _structure(shapes: Mapping[str, Any], shape: Mapping[str, Any], value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    members = {_PLAIN.sub("", member.lower()): member for member in shape["members"]}
    if "tagkey" in members and "Key" in value:
        value = {"TagKey": value["Key"], "TagValue": value.get("Value", "")}
    made = {}
    for key, inner in value.items():
        member = members.get(_PLAIN.sub("", key.lower()))
        if member is not None and inner is not None:  # None leaves a member out
            made[member] = _shaped(shapes, shape["members"][member]["shape"], inner)
    return made


def _scalar(kind: str, value: Any) -> Any:
    match kind:
        case "string":
            if isinstance(value, dict | list):
                return orjson.dumps(value).decode()
            return text_of(value)
        case "integer" | "long":
            return int(value)
        case "float" | "double":
            return float(value)
        case "boolean":
            return value if isinstance(value, bool) else text_of(value).lower() == "true"
        case "blob":
            return value if isinstance(value, bytes) else text_of(value).encode()
        case _:
            return _seconds(value)


def _seconds(value: Any) -> Any:
    """Return a timestamp as seconds since 1970."""
    if isinstance(value, int | float):
        return value
    moment = datetime.fromisoformat(text_of(value))
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
