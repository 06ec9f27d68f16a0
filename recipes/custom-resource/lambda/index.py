"""The custom resource Custom::DynamoDBGlobalTable: a global table of version 2017.11.29 over equal, empty tables.

Properties: TableName, Regions. Attributes: Arn, Regions (separated by commas). The tables themselves are somebody
else's: deleting the resource dissolves the group and leaves them.
"""

import json
import time
import urllib.request

import boto3
from botocore.exceptions import ClientError

PATIENCE_S = 240
dynamodb = boto3.client("dynamodb")


def regions_of(name):
    """Return the regions of a global table, none when there is no such table."""
    try:
        found = dynamodb.describe_global_table(GlobalTableName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "GlobalTableNotFoundException":
            return set()
        raise
    return {
        replica["RegionName"] for replica in found["GlobalTableDescription"]["ReplicationGroup"]
    }


def settle(name, wanted):
    """Add and remove regions until the group is as wanted, and wait until that is done."""
    now = regions_of(name)
    if not now and wanted:
        group = [{"RegionName": region} for region in sorted(wanted)]
        dynamodb.create_global_table(GlobalTableName=name, ReplicationGroup=group)
    elif now != wanted:
        updates = [{"Create": {"RegionName": region}} for region in sorted(wanted - now)]
        updates += [{"Delete": {"RegionName": region}} for region in sorted(now - wanted)]
        dynamodb.update_global_table(GlobalTableName=name, ReplicaUpdates=updates)
    until = time.monotonic() + PATIENCE_S
    while not is_settled(name, wanted):
        if time.monotonic() > until:
            raise TimeoutError(
                f"{name} has {sorted(regions_of(name))}, wanted are {sorted(wanted)}"
            )
        time.sleep(1)


def is_settled(name, wanted):
    """Tell whether a global table has exactly the wanted regions and nothing is going on."""
    if regions_of(name) != wanted:
        return False
    if not wanted:
        return True
    description = dynamodb.describe_global_table(GlobalTableName=name)["GlobalTableDescription"]
    return description["GlobalTableStatus"] == "ACTIVE"


def answer(event, context, status, reason="", data=None):
    """Tell CloudFormation how it went."""
    body = {
        "Status": status,
        "Reason": reason or f"see the log stream {context.log_stream_name}",
        "PhysicalResourceId": event["ResourceProperties"].get("TableName", context.log_stream_name),
        "StackId": event["StackId"],
        "RequestId": event["RequestId"],
        "LogicalResourceId": event["LogicalResourceId"],
        "Data": data or {},
    }
    sent = json.dumps(body).encode()
    headers = {"Content-Type": "", "Content-Length": str(len(sent))}
    request = urllib.request.Request(event["ResponseURL"], data=sent, headers=headers, method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


def handler(event, context):
    """Carry out one request of CloudFormation."""
    print(json.dumps({key: event[key] for key in ("RequestType", "ResourceProperties")}))
    try:
        properties = event["ResourceProperties"]
        name = properties["TableName"]
        wanted = set() if event["RequestType"] == "Delete" else set(properties["Regions"])
        settle(name, wanted)
        data = {"Regions": ",".join(sorted(wanted))}
        if wanted:
            found = dynamodb.describe_global_table(GlobalTableName=name)
            data["Arn"] = found["GlobalTableDescription"]["GlobalTableArn"]
    except Exception as error:
        print(f"failed: {error!r}")
        answer(event, context, "FAILED", reason=str(error))
    else:
        answer(event, context, "SUCCESS", data=data)
