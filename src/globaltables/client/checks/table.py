"""Checks of the table itself, in every region that it has a replica in."""

from typing import Any

from globaltables.client.checks.findings import Deployment


def is_active(deployment: Deployment, region: str) -> tuple[bool, str]:
    """The replica is there and ACTIVE, and knows of the others."""
    table = deployment.described(region)
    replicas = {
        one["RegionName"]: one.get("ReplicaStatus", "") for one in table.get("Replicas", [])
    }
    # Version 2019.11.21 lists the region that is asked itself, or leaves it out.
    missing = [one for one in deployment.regions if one not in replicas and one != region]
    waiting = [
        f"{name} {status}" for name, status in replicas.items() if status not in ("ACTIVE", "")
    ]
    seen = f"{table['TableStatus']}, replicas: {', '.join(sorted({*replicas, region}))}"
    passed = table["TableStatus"] == "ACTIVE" and not missing and not waiting
    return passed, seen + (f"; missing {missing}" if missing else "") + "".join(
        f"; {w}" for w in waiting
    )


def has_customer_key(deployment: Deployment, region: str) -> tuple[bool, str]:
    """The replica is sealed with an enabled key that the customer manages, of its own region."""
    description = deployment.described(region).get("SSEDescription") or {}
    arn = description.get("KMSMasterKeyArn", "")
    if description.get("SSEType") != "KMS" or not arn:
        return False, "key owned by AWS"
    key = deployment.client("kms", region).describe_key(KeyId=arn)["KeyMetadata"]
    seen = f"{arn} {key['KeyManager']} {key['KeyState']}, {description.get('Status')}"
    return key["KeyManager"] == "CUSTOMER" and key["KeyState"] == "Enabled", seen


def has_recovery(deployment: Deployment, region: str) -> tuple[bool, str]:
    """Point-in-time recovery is on."""
    client = deployment.client("dynamodb", region)
    answer = client.describe_continuous_backups(TableName=deployment.table)
    recovery = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    status = recovery.get("PointInTimeRecoveryStatus", "DISABLED")
    days = recovery.get("RecoveryPeriodInDays")
    return status == "ENABLED", status + (f", {days} days" if days else "")


def has_backups(deployment: Deployment, region: str) -> tuple[bool, str]:
    """There are at least two backups on demand."""
    backups = deployment.pages(
        "dynamodb", region, "list_backups", "BackupSummaries", TableName=deployment.table
    )
    available = [one for one in backups if one["BackupStatus"] == "AVAILABLE"]
    return len(available) >= 2, f"{len(available)} backups"


def has_index(deployment: Deployment, region: str) -> tuple[bool, str]:
    """Every global secondary index is ACTIVE, and there is one."""
    indexes = deployment.described(region).get("GlobalSecondaryIndexes", [])
    seen = ", ".join(f"{one['IndexName']} {one['IndexStatus']}" for one in indexes) or "no index"
    return bool(indexes) and all(one["IndexStatus"] == "ACTIVE" for one in indexes), seen


def has_insights(deployment: Deployment, region: str) -> tuple[bool, str]:
    """Contributor Insights are on for the table and for every index."""
    client = deployment.client("dynamodb", region)
    names = [
        one["IndexName"] for one in deployment.described(region).get("GlobalSecondaryIndexes", [])
    ]
    requests: list[dict[str, Any]] = [{}, *({"IndexName": name} for name in names)]
    statuses = {
        request.get("IndexName", "table"): client.describe_contributor_insights(
            TableName=deployment.table, **request
        )["ContributorInsightsStatus"]
        for request in requests
    }
    seen = ", ".join(f"{name} {status}" for name, status in statuses.items())
    return all(status == "ENABLED" for status in statuses.values()), seen


def has_tags(deployment: Deployment, region: str) -> tuple[bool, str]:
    """The table has tags, those that were asked for among them."""
    arn = deployment.described(region)["TableArn"]
    tags = {
        tag["Key"]: tag["Value"]
        for tag in deployment.pages(
            "dynamodb", region, "list_tags_of_resource", "Tags", ResourceArn=arn
        )
    }
    seen = ", ".join(f"{key}={value}" for key, value in sorted(tags.items())) or "no tags"
    return bool(tags) and all(
        tags.get(key) == value for key, value in deployment.tags.items()
    ), seen
