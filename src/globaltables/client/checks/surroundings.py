"""Checks of what is around the table: schedules, alarms, buckets, policies, cache, trail."""

import json
from typing import Any
from urllib.parse import unquote

from globaltables.client.checks.findings import Deployment

ALARMS_MIN = 3
POLICIES_MIN = 3


def has_backup_schedule(deployment: Deployment, region: str) -> tuple[bool, str]:
    """An enabled rule with a schedule starts a function that knows the table and is about backups."""
    functions = {
        one["FunctionArn"]: one["FunctionName"]
        for one in deployment.pages("lambda", region, "list_functions", "Functions")
        if _is_for(deployment, one) and "backup" in one["FunctionName"].lower()
    }
    seen = []
    for rule in deployment.pages("events", region, "list_rules", "Rules"):
        if rule["State"] != "ENABLED" or not rule.get("ScheduleExpression"):
            continue
        targets = deployment.pages(
            "events", region, "list_targets_by_rule", "Targets", Rule=rule["Name"]
        )
        seen += [
            f"{rule['Name']} {rule['ScheduleExpression']} -> {functions[target['Arn']]}"
            for target in targets
            if target["Arn"] in functions
        ]
    return bool(seen), "; ".join(
        seen
    ) or f"functions: {sorted(functions.values())}, none on a schedule"


def _is_for(deployment: Deployment, function: dict[str, Any]) -> bool:
    variables = function.get("Environment", {}).get("Variables", {})
    return any(deployment.table in value for value in variables.values())


def has_alarms(deployment: Deployment, region: str) -> tuple[bool, str]:
    """There are alarms on the table's metrics."""
    alarms = deployment.pages("cloudwatch", region, "describe_alarms", "MetricAlarms")
    names = [one["AlarmName"] for one in alarms if _watches(deployment.table, one)]
    return len(names) >= ALARMS_MIN, f"{len(names)} alarms: {', '.join(names)}"


def _watches(table: str, alarm: dict[str, Any]) -> bool:
    metrics = [one.get("MetricStat", {}).get("Metric", {}) for one in alarm.get("Metrics", [])]
    return any(
        dimension["Value"] == table
        for metric in (alarm, *metrics)
        for dimension in metric.get("Dimensions", [])
    )


def has_export_bucket(deployment: Deployment, region: str) -> tuple[bool, str]:
    """An export of the table completed, and its bucket is there."""
    arn = deployment.described(region)["TableArn"]
    client = deployment.client("dynamodb", region)
    exports = deployment.pages("dynamodb", region, "list_exports", "ExportSummaries", TableArn=arn)
    completed = [one for one in exports if one["ExportStatus"] == "COMPLETED"]
    if not completed:
        return False, f"{len(exports)} exports, none completed"
    described = client.describe_export(ExportArn=completed[0]["ExportArn"])["ExportDescription"]
    bucket = described["S3Bucket"]
    deployment.client("s3", region).head_bucket(Bucket=bucket)
    return True, f"{len(completed)} exports, s3://{bucket}/{described.get('S3Prefix', '')}"


def has_policies(deployment: Deployment, region: str) -> tuple[bool, str]:
    """There are policies that name the table: of administrators, applications and analysts."""
    client = deployment.client("iam", region)
    names = []
    for policy in deployment.pages("iam", region, "list_policies", "Policies", Scope="Local"):
        version = client.get_policy_version(
            PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
        )["PolicyVersion"]["Document"]
        text = unquote(version) if isinstance(version, str) else json.dumps(version)
        if f"table/{deployment.table}" in text:
            names.append(policy["PolicyName"])
    return len(names) >= POLICIES_MIN, f"{len(names)} policies: {', '.join(names)}"


def has_cache(deployment: Deployment, region: str) -> tuple[bool, str]:
    """There is a DAX cluster."""
    clusters = deployment.pages("dax", region, "describe_clusters", "Clusters")
    names = [f"{one['ClusterName']} {one['Status']}" for one in clusters]
    return any(one["Status"] == "available" for one in clusters), ", ".join(names) or "no cluster"


def has_trail(deployment: Deployment, region: str) -> tuple[bool, str]:
    """A trail of CloudTrail is logging."""
    client = deployment.client("cloudtrail", region)
    logging = [
        trail["Name"]
        for trail in client.describe_trails()["trailList"]
        if client.get_trail_status(Name=trail["TrailARN"])["IsLogging"]
    ]
    return bool(logging), ", ".join(logging) or "no trail is logging"
