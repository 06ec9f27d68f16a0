"""Lifecycle rules: what they may say, and the task that deletes by the clock what they say has expired."""

from collections.abc import Mapping
from functools import partial
from itertools import pairwise
from typing import Any

from globaltables.buckets.index import Row
from globaltables.buckets.interface import BucketError
from globaltables.buckets.records import Bucket
from globaltables.buckets.store import ObjectStore
from globaltables.buckets.uploads import Uploads
from globaltables.companions.records import Records
from globaltables.companions.s3.asking import blocking, bucket_of, changed_settings
from globaltables.companions.s3.events import Change
from globaltables.companions.s3.notifications import tell_changes
from globaltables.companions.s3.places import store_in
from globaltables.companions.s3.refusals import invalid_argument, malformed_xml, s3_error
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import S3_LIFECYCLE_INTERVAL_MS, S3_LIFECYCLE_RULES_MAX
from globaltables.itemstore.region import Region
from globaltables.runtime.threads import in_thread

_DAY_MS = 24 * 3600 * 1000
#: Buckets that have rules; so a region that opens knows whether it has to look.
_RULED = Records("s3", "lifecycle")
_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload",
)


async def put_lifecycle(call: ServiceCall) -> dict[str, Any]:
    """Store rules, and begin to follow them."""
    store = store_in(call.region)
    rules = (call.request.get("LifecycleConfiguration") or {}).get("Rules") or []
    checked = [_checked(call, rule) for rule in rules]
    if not 0 < len(checked) <= S3_LIFECYCLE_RULES_MAX:
        raise malformed_xml()
    if len({rule["ID"] for rule in checked}) != len(checked):
        msg = "Rule ID must be unique. Found same ID for more than one rule"
        raise s3_error("InvalidArgument", msg)

    def save() -> dict[str, Any]:
        bucket_of(call, store)
        changed_settings(
            store, call, lambda settings: settings.update(lifecycle={"Rules": checked})
        )
        return {}

    await blocking(call, save)
    account, name = call.account, call.request["Bucket"]
    await call.region.store.submit(lambda stage: _RULED.put(stage, account, name, {}))
    follow(call.region)
    return {}


def get_lifecycle(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Return the rules."""
    document = bucket.settings.get("lifecycle")
    if document is None:
        msg = "The lifecycle configuration does not exist"
        raise s3_error("NoSuchLifecycleConfiguration", msg, 404, {"BucketName": bucket.name})
    return {**document, "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}


def delete_lifecycle(call: ServiceCall, store: ObjectStore, bucket: Bucket) -> dict[str, Any]:
    """Follow no rules any more."""
    changed_settings(store, call, lambda settings: settings.pop("lifecycle", None))
    return {}


def follow(region: Region) -> None:
    """Let a task look from time to time at what has expired."""
    name = f"{region.name}/s3-lifecycle"
    if not region.tasks.running(name):
        region.tasks.spawn(name, _run(region))


async def _run(region: Region) -> None:
    while True:
        await region.clock.until(region.clock.now_ms() + S3_LIFECYCLE_INTERVAL_MS)
        names = [name for _, name, _ in _RULED.of_everybody(region.store.reader())]
        for name in names:
            await sweep(region, name)


async def sweep(region: Region, name: str) -> None:
    """Delete what has expired in a bucket now."""
    store = store_in(region)
    try:
        bucket = await in_thread(partial(store.buckets.find, name), "s3")
        if bucket.region != region.name or "lifecycle" not in bucket.settings:
            return
        changes = await in_thread(partial(_sweep, region, store, bucket), "s3")
    except BucketError:
        return  # the bucket is gone; another one of its name has rules of its own
    await tell_changes(region, bucket, changes)


def _sweep(region: Region, store: ObjectStore, bucket: Bucket) -> list[Change]:
    now_ms = region.clock.now_ms()
    rules = [one for one in bucket.settings["lifecycle"]["Rules"] if one["Status"] == "Enabled"]
    changes: list[Change] = []
    for _, rows in store.listed_versions(bucket.name, "", b""):
        for rule in rules:
            expired = _expired(rule, rows, now_ms)
            if expired:
                key = rows[0].key
                changes += [_delete(region, store, bucket, key, one) for one in expired]
                break
    for upload in list(Uploads(store).of_bucket(bucket.name)):
        for rule in rules:
            days = (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation")
            if days is None or not upload.key.startswith(_filter(rule).get("Prefix", "")):
                continue
            if now_ms >= _due(upload.started_ms, days):
                Uploads(store).end(upload.id)
    return changes


def _delete(
    region: Region, store: ObjectStore, bucket: Bucket, key: str, version: str | None
) -> Change:
    marker = region.randomness.uuid().replace("-", "")
    done = store.delete(
        bucket.name, key, version, now_ms=region.clock.now_ms(), marker_version=marker
    )
    makes_marker = done.marker and version is None
    kind = "DeleteMarkerCreated" if makes_marker else "Delete"
    sequencer = f"{region.clock.now_ms():016X}"
    name = f"LifecycleExpiration:{kind}"
    return Change(name, key, sequencer, "Lifecycle Expiration", "s3.amazonaws.com")


def _expired(rule: Mapping[str, Any], rows: list[Row], now_ms: int) -> list[str | None]:
    """Return the versions of a key that a rule deletes; None is the current one."""
    newest = rows[0]
    expiration = rule.get("Expiration") or {}
    found: list[str | None] = []
    if not newest.marker and _fits(rule, newest):
        days, date = expiration.get("Days"), expiration.get("Date")
        if (days is not None and now_ms >= _due(newest.modified_ms, days)) or (
            date is not None and now_ms >= date * 1000
        ):
            found.append(None)
    elif newest.marker and len(rows) == 1 and expiration.get("ExpiredObjectDeleteMarker"):
        found.append(newest.version)
    older = rule.get("NoncurrentVersionExpiration") or {}
    if older.get("NoncurrentDays") is not None:
        kept = older.get("NewerNoncurrentVersions", 0)
        for newer, row in list(pairwise(rows))[kept:]:
            due = now_ms >= _due(newer.modified_ms, older["NoncurrentDays"])
            if due and not row.marker and _fits(rule, row):
                found.append(row.version)
    return found


def _due(since_ms: int, days: int) -> int:
    """Return the midnight, in UTC, behind so many days."""
    return -(-(since_ms + days * _DAY_MS) // _DAY_MS) * _DAY_MS


def _filter(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    chosen = rule.get("Filter") or {}
    tags = [chosen["Tag"]] if chosen.get("Tag") else []
    joined = chosen.get("And") or {}
    return {
        "Prefix": rule.get("Prefix", ""),
        **chosen,
        **joined,
        "Tags": tags + joined.get("Tags", []),
    }


def _fits(rule: Mapping[str, Any], row: Row) -> bool:
    chosen = _filter(rule)
    tags = row.facts.get("tags", {})
    return (
        row.key.startswith(chosen.get("Prefix") or "")
        and all(tags.get(tag["Key"]) == tag["Value"] for tag in chosen["Tags"])
        and row.size > chosen.get("ObjectSizeGreaterThan", -1)
        and ("ObjectSizeLessThan" not in chosen or row.size < chosen["ObjectSizeLessThan"])
    )


def _checked(call: ServiceCall, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule with an id.

    Raises:
        ApiError: MalformedXML, InvalidRequest, InvalidArgument.
    """
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise malformed_xml()
    if ("Filter" in rule) == ("Prefix" in rule):
        raise malformed_xml()
    if not any(rule.get(action) for action in _ACTIONS):
        msg = "At least one action needs to be specified in a rule"
        raise s3_error("InvalidRequest", msg)
    expiration = rule.get("Expiration") or {}
    days = expiration.get("Days")
    if days is not None and days <= 0:
        msg = "'Days' for Expiration action must be a positive integer"
        raise invalid_argument(msg, "Days", days)
    date = expiration.get("Date")
    if date is not None and int(date * 1000) % _DAY_MS:
        raise s3_error("InvalidArgument", "'Date' must be at midnight GMT")
    return {"ID": call.region.randomness.uuid(), **rule}
