"""Writes every change of the stream to the log."""

import json


def handler(event, context):
    """Take one batch of the stream."""
    for record in event["Records"]:
        print(json.dumps({"event": record["eventName"], "keys": record["dynamodb"]["Keys"]}))
    return {"records": len(event["Records"])}
