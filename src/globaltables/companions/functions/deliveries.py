"""Records of what functions did, sent to where somebody wants them: queues, topics, functions, buses, buckets."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from globaltables.companions.functions.roles import session_of
from globaltables.foundation.errors import ApiError
from globaltables.itemstore.region import Region


async def deliver(
    region: Region,
    account: str,
    arn: str,
    record: Mapping[str, Any],
    role: str,
    *,
    detail_type: str = "",
    key: str = "",
) -> None:
    """Send a record to a destination.

    Args:
        region: where the function is.
        account: whose it is.
        arn: the destination.
        record: what is told.
        role: of the function, which has to be allowed to send.
        detail_type: of an event on a bus.
        key: of an object in a bucket.

    Raises:
        ApiError: the destination is not there, or refuses.
    """
    service, where, owner = arn.split(":")[2:5]
    body = orjson.dumps(record).decode()
    operation, request = _request(service, arn, body, record, detail_type, key)
    await region.services.call(
        service,
        operation,
        request,
        region=where or region.name,
        account=owner or account,
        principal=await session_of(region, account, role, "destinations"),
    )


def _request(
    service: str, arn: str, body: str, record: Mapping[str, Any], detail_type: str, key: str
) -> tuple[str, dict[str, Any]]:
    match service:
        case "sqs":
            return "SendMessage", {"QueueUrl": queue_url(arn), "MessageBody": body}
        case "sns":
            return "Publish", {"TopicArn": arn, "Message": body}
        case "lambda":
            return "Invoke", {
                "FunctionName": arn,
                "InvocationType": "Event",
                "Payload": body.encode(),
            }
        case "events":
            entry = {
                "EventBusName": arn,
                "Source": "lambda",
                "DetailType": detail_type,
                "Detail": body,
                "Resources": [record["requestContext"]["functionArn"], arn],
            }
            return "PutEvents", {"Entries": [entry]}
        case "s3":
            bucket = arn.split(":")[5]
            return "PutObject", {"Bucket": bucket, "Key": key, "Body": body.encode()}
        case _:
            raise ApiError("InvalidParameterValueException", f"{arn} is no destination")


def queue_url(arn: str) -> str:
    """Return the URL of a queue as AWS has it, which names it here, too."""
    region, account, name = arn.split(":")[3:6]
    return f"https://sqs.{region}.amazonaws.com/{account}/{name}"


def moment(now_ms: int) -> str:
    """Return a time as these records have it."""
    text = datetime.fromtimestamp(now_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
