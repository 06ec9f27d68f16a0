"""Puts, gets, deletes and finds user profiles in the replica of its own region."""

import json
import os
from datetime import UTC, datetime

import boto3
from boto3.dynamodb.conditions import Key

REGION = os.environ["AWS_REGION"]
table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def put(event):
    item = {
        "UserId": event["userId"],
        "Name": event.get("name", ""),
        "Region": REGION,
        "UpdatedAt": datetime.now(UTC).isoformat(),
    }
    if event.get("email"):
        item["Email"] = event["email"]
    table.put_item(Item=item)
    return {"item": item}


def get(event):
    return {"item": table.get_item(Key={"UserId": event["userId"]}).get("Item")}


def delete(event):
    table.delete_item(Key={"UserId": event["userId"]})
    return {}


def find(event):
    found = table.query(
        IndexName="EmailIndex", KeyConditionExpression=Key("Email").eq(event["email"])
    )
    return {"items": found["Items"]}


OPERATIONS = {"put": put, "get": get, "delete": delete, "find": find}


def handler(event, context):
    operation = event.get("operation")
    if operation not in OPERATIONS:
        raise ValueError(f"operation has to be one of {sorted(OPERATIONS)}")
    answer = {"region": REGION, "operation": operation, **OPERATIONS[operation](event)}
    print(json.dumps(answer))
    return answer
