"""EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations."""

from dataclasses import replace
from typing import Any

from globaltables.companions.kms.changing import change
from globaltables.companions.kms.errors import check_usable, unsupported
from globaltables.companions.kms.finding import (
    find_key,
    managed_rotation,
    page,
)
from globaltables.companions.kms.keys import Key, Rotation
from globaltables.companions.kms.materials import rotated
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import limit_exceeded
from globaltables.foundation.limits import (
    KMS_ROTATION_DAYS_DEFAULT,
    KMS_ROTATIONS_ON_DEMAND_MAX,
)

_DAY_MS = 24 * 3600 * 1000


async def enable_key_rotation(call: ServiceCall) -> dict[str, Any]:
    """Let a key be rotated by itself: every year, or after another number of days."""
    days = call.request.get("RotationPeriodInDays")
    now_ms = call.region.clock.now_ms()

    def alter(key: Key) -> Key:
        _check_rotates(key)
        before = key.rotation
        if before is not None and days in (None, before.period_days):
            return key
        period = days or KMS_ROTATION_DAYS_DEFAULT
        return replace(key, rotation=Rotation(period, now_ms + period * _DAY_MS))

    await change(call, alter)
    return {}


async def disable_key_rotation(call: ServiceCall) -> dict[str, Any]:
    """Let a key be rotated by itself no more."""

    def alter(key: Key) -> Key:
        _check_rotates(key)
        return replace(key, rotation=None)

    await change(call, alter)
    return {}


async def get_key_rotation_status(call: ServiceCall) -> dict[str, Any]:
    """Tell whether and when a key is rotated by itself."""
    key = await find_key(call, call.request["KeyId"], aliases=False)
    rotation = key.rotation
    if key.manager == "AWS":
        next_ms = managed_rotation(key, call.region.clock.now_ms())
        rotation = Rotation(KMS_ROTATION_DAYS_DEFAULT, next_ms)
    answer: dict[str, Any] = {"KeyId": key.arn, "KeyRotationEnabled": rotation is not None}
    if rotation is not None:
        answer["RotationPeriodInDays"] = rotation.period_days
        answer["NextRotationDate"] = rotation.next_ms / 1000
    return answer


async def rotate_key_on_demand(call: ServiceCall) -> dict[str, Any]:
    """Give a key new key material now."""
    now_ms = call.region.clock.now_ms()

    def alter(key: Key) -> Key:
        _check_rotates(key)
        made = sum(material.rotated == "ON_DEMAND" for material in key.materials)
        if made >= KMS_ROTATIONS_ON_DEMAND_MAX:
            raise limit_exceeded(
                f"Key {key.arn} has reached its limit of {KMS_ROTATIONS_ON_DEMAND_MAX} on-demand rotations."
            )
        return rotated(call.region, key, now_ms, "ON_DEMAND")

    key = await change(call, alter)
    return {"KeyId": key.id}


async def list_key_rotations(call: ServiceCall) -> dict[str, Any]:
    """List when a key got new key material."""
    key = await find_key(call, call.request["KeyId"], aliases=False)
    first = call.request.get("IncludeKeyMaterial", "ROTATIONS_ONLY") == "ALL_KEY_MATERIAL"
    entries = []
    for number, material in enumerate(key.materials):
        if not material.rotated and not first:
            continue
        entry: dict[str, Any] = {
            "KeyId": key.id,
            "KeyMaterialId": material.id,
            "KeyMaterialState": "CURRENT" if material is key.current else "NON_CURRENT",
        }
        if material.rotated:
            entry |= {"RotationDate": material.since_ms / 1000, "RotationType": material.rotated}
        entries.append((f"{number:06d}", entry))
    return page(call, "Rotations", entries)


def _check_rotates(key: Key) -> None:
    check_usable(key)
    if not key.symmetric:
        raise unsupported(f"{key.arn} key spec {key.spec} does not support key rotation.")
