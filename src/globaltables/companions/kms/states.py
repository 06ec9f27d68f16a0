"""EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion."""

from dataclasses import replace
from typing import Any

from globaltables.companions.kms.changing import change
from globaltables.companions.kms.errors import invalid, invalid_state
from globaltables.companions.kms.keys import Key
from globaltables.companions.service import ServiceCall
from globaltables.foundation.limits import KMS_DELETION_DAYS_MAX, KMS_DELETION_DAYS_MIN

_DAY_MS = 24 * 3600 * 1000


async def enable_key(call: ServiceCall) -> dict[str, Any]:
    """Let a key be used again."""
    await _set_enabled(call, enabled=True)
    return {}


async def disable_key(call: ServiceCall) -> dict[str, Any]:
    """Let a key be used no more, until it is enabled."""
    await _set_enabled(call, enabled=False)
    return {}


async def _set_enabled(call: ServiceCall, *, enabled: bool) -> None:
    now_ms = call.region.clock.now_ms()

    def alter(key: Key) -> Key:
        if key.deletion_ms is not None:
            raise invalid_state(key, "is pending deletion.")
        if key.enabled == enabled:
            return key
        return replace(key, enabled=enabled, changed_ms=now_ms)

    await change(call, alter)


async def schedule_key_deletion(call: ServiceCall) -> dict[str, Any]:
    """Let a key be deleted after some days; it cannot be used in between."""
    days = call.request.get("PendingWindowInDays", KMS_DELETION_DAYS_MAX)
    if not KMS_DELETION_DAYS_MIN <= days <= KMS_DELETION_DAYS_MAX:
        raise invalid(
            f"PendingWindowInDays must be between {KMS_DELETION_DAYS_MIN} and {KMS_DELETION_DAYS_MAX}"
        )
    now_ms = call.region.clock.now_ms()

    def alter(key: Key) -> Key:
        if key.deletion_ms is not None:
            raise invalid_state(key, "is pending deletion.")
        return replace(
            key, deletion_ms=now_ms + days * _DAY_MS, window_days=days, changed_ms=now_ms
        )

    key = await change(call, alter)
    assert key.deletion_ms is not None
    return {
        "KeyId": key.arn,
        "DeletionDate": key.deletion_ms / 1000,
        "KeyState": key.state,
        "PendingWindowInDays": days,
    }


async def cancel_key_deletion(call: ServiceCall) -> dict[str, Any]:
    """Keep a key that was to be deleted; it is disabled then."""
    now_ms = call.region.clock.now_ms()

    def alter(key: Key) -> Key:
        if key.deletion_ms is None:
            raise invalid_state(key, "is not pending deletion.")
        return replace(key, deletion_ms=None, window_days=0, enabled=False, changed_ms=now_ms)

    key = await change(call, alter)
    return {"KeyId": key.arn}
