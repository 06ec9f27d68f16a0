"""Stored scalable targets and scaling activities, by account, resource and dimension (docs/formats/scaling.md)."""

from collections.abc import Iterator
from typing import Any

import orjson

from globaltables.autoscaling.targets import Activity, ScalableTarget, ScaledResource, resource_of
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import (
    SCALING_ACTIVITIES_KEPT,
    SCALING_ACTIVITY_RETENTION_MS,
)
from globaltables.itemstore.keyspaces import AUTO_SCALING, whole
from globaltables.itemstore.stage import Stage
from globaltables.tables.codec import from_stored

FORMAT_VERSION = 1
_TARGETS = AUTO_SCALING + b"t"
_ACTIVITIES = AUTO_SCALING + b"h"


def target_key(resource: ScaledResource) -> bytes:
    """Return the key of a scalable target."""
    return _TARGETS + _name(resource)


def activities_key(resource: ScaledResource) -> bytes:
    """Return the key of the activities of a scalable target, which outlive it."""
    return _ACTIVITIES + _name(resource)


def targets(reader: Reader, account: str = "") -> Iterator[tuple[ScaledResource, ScalableTarget]]:
    """Return the targets of an account, or of all, in the order of their keys."""
    prefix = _of_account(_TARGETS, account) if account else _TARGETS
    for key, raw in reader.range(*whole(prefix)):
        yield _resource(key), decode_target(raw)


def target_count(reader: Reader, account: str) -> int:
    """Return how many targets an account has."""
    return sum(1 for _ in reader.range(*whole(_of_account(_TARGETS, account))))


def target(reader: Reader | Stage, resource: ScaledResource) -> ScalableTarget | None:
    """Return the target of a dimension."""
    raw = reader.get(target_key(resource))
    return None if raw is None else decode_target(raw)


def put_target(stage: Stage, resource: ScaledResource, changed: ScalableTarget | None) -> None:
    """Stage a target, or the end of one with its policies."""
    stage.put(target_key(resource), None if changed is None else encode_target(changed))


def activities(reader: Reader | Stage, resource: ScaledResource) -> list[Activity]:
    """Return the activities of a dimension, the newest first."""
    raw = reader.get(activities_key(resource))
    return [] if raw is None else decode_activities(raw)


def all_activities(reader: Reader, account: str) -> Iterator[tuple[ScaledResource, list[Activity]]]:
    """Return the activities of every dimension of an account, also of those whose target is gone."""
    for key, raw in reader.range(*whole(_of_account(_ACTIVITIES, account))):
        yield _resource(key), decode_activities(raw)


def record_activity(stage: Stage, resource: ScaledResource, activity: Activity) -> None:
    """Stage an activity; one that fails again as the last one did takes its place, so that the others stay known."""
    known = activities(stage, resource)
    if known and activity.failure is not None and known[0].failure is not None:
        known = known[1:]
    kept = [activity, *known][:SCALING_ACTIVITIES_KEPT]
    stage.put(activities_key(resource), encode_activities(kept))


def trim_activities(stage: Stage, now_ms: int) -> None:
    """Stage the end of activities that AWS would not describe any more; a decision."""
    oldest_ms = now_ms - SCALING_ACTIVITY_RETENTION_MS
    for key, raw in list(stage.applied.range(*whole(_ACTIVITIES))):
        known = decode_activities(raw)
        kept = [activity for activity in known if activity.ended_ms >= oldest_ms]
        if len(kept) < len(known):
            stage.put(key, encode_activities(kept) if kept else None)


def encode_target(stored: ScalableTarget) -> bytes:
    """Return the stored bytes of a target."""
    return orjson.dumps({"format": FORMAT_VERSION, "target": stored})


def decode_target(raw: bytes) -> ScalableTarget:
    """Return the target of stored bytes.

    Raises:
        OperationalError: they are damaged or of another format.
    """
    found: ScalableTarget = _decode(raw, ScalableTarget, "target")
    return found


def encode_activities(stored: list[Activity]) -> bytes:
    """Return the stored bytes of activities, the newest first."""
    return orjson.dumps({"format": FORMAT_VERSION, "activities": stored})


def decode_activities(raw: bytes) -> list[Activity]:
    """Return the activities of stored bytes.

    Raises:
        OperationalError: they are damaged or of another format.
    """
    return list(_decode(raw, tuple[Activity, ...], "activities"))


def _decode(raw: bytes, kind: Any, member: str) -> Any:
    try:
        stored = orjson.loads(raw)
        if stored["format"] == FORMAT_VERSION:
            return from_stored(kind, stored[member])
    except (KeyError, TypeError, ValueError) as error:
        raise OperationalError(f"a stored record of auto scaling is damaged: {error}") from error
    msg = f"a stored record of auto scaling has format {stored['format']}"
    raise OperationalError(f"{msg}, this version reads {FORMAT_VERSION}")


def _of_account(prefix: bytes, account: str) -> bytes:
    return prefix + f"{account}:".encode("ascii")


def _name(resource: ScaledResource) -> bytes:
    """Return the part of a key that names a dimension; neither accounts nor resources have a colon."""
    return f"{resource.account}:{resource.resource_id}:{resource.dimension}".encode("ascii")


def _resource(key: bytes) -> ScaledResource:
    account, resource_id, dimension = key[len(_TARGETS) :].decode("ascii").split(":", 2)
    resource = resource_of(account, resource_id, dimension)
    assert resource is not None, key
    return resource
