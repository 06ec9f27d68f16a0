"""UpdateTable requests that AWS refuses before it looks at the table."""

from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.tables.update_request import check_update

_INVALID = "One or more parameter values were invalid: "
_UNITS = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
_STREAM = {"StreamSpecification": {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}}
_PROTECTION = {"DeletionProtectionEnabled": True}
_ENCRYPTION: dict[str, Any] = {"SSESpecification": {}}
_CLASS = {"TableClass": "STANDARD"}
_WARM = {"WarmThroughput": {"ReadUnitsPerSecond": 1}}
_MAXIMUM = {"OnDemandThroughput": {"MaxReadRequestUnits": 1}}
_ON_DEMAND = {"BillingMode": "PAY_PER_REQUEST"}
_CREATE = {"GlobalSecondaryIndexUpdates": [{"Create": {"IndexName": "gsi"}}]}
_DELETE = {"GlobalSecondaryIndexUpdates": [{"Delete": {"IndexName": "gsi"}}]}
_UPDATE = {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": "gsi"}}]}
_NOTHING = (
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
    "OnDemandThroughput, WarmThroughput or TableClass is required"
)


def _refusal(request: dict[str, Any]) -> str | None:
    with pytest.raises(ApiError) as refused:
        check_update(request)
    return refused.value.message


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"AttributeDefinitions": []},
        {"GlobalSecondaryIndexUpdates": []},
        {"WarmThroughput": {}},
        {"OnDemandThroughput": {}},
    ],
)
def test_check_update_nothing_to_change_is_refused(request_: dict[str, Any]) -> None:
    """A request must change something; empty structures count as absent."""
    assert _NOTHING == _refusal(request_)


def test_check_update_empty_index_list_beside_a_change_is_refused() -> None:
    """An empty list is wrong when the request is not empty."""
    text = "List of GlobalSecondaryIndexUpdates is empty"
    assert _INVALID + text == _refusal(_PROTECTION | {"GlobalSecondaryIndexUpdates": []})


@pytest.mark.parametrize(
    ("updates", "text"),
    [
        (
            [{}],
            (
                "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                "GlobalSecondaryIndexUpdate.Delete must not be null"
            ),
        ),
        (
            [{"Update": {"IndexName": "gsi"}, "Delete": {"IndexName": "gsi"}}],
            (
                "Only one global secondary index action is allowed per "
                "GlobalSecondaryIndexUpdate object"
            ),
        ),
        (
            [{"Delete": {"IndexName": "gsi"}}, {"Update": {"IndexName": "gsi"}}],
            (
                "Only one global secondary index update per index is allowed simultaneously. "
                "Index: gsi"
            ),
        ),
        (
            [{"Update": {"IndexName": "gsi", "WarmThroughput": {}}}],
            (
                "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond "
                "specified for index: gsi"
            ),
        ),
    ],
)
def test_check_update_wrong_index_updates_are_refused(updates: list[Any], text: str) -> None:
    """One action an entry, one entry an index."""
    assert _INVALID + text == _refusal({"GlobalSecondaryIndexUpdates": updates})


@pytest.mark.parametrize(
    ("parts", "text"),
    [
        (
            (_PROTECTION, _ENCRYPTION),
            "Server-Side Encryption modification must be the only operation",
        ),
        ((_PROTECTION, _CLASS), "TableClass modification must be the only operation"),
        ((_PROTECTION, _WARM), "DeletionProtection modification must be the only operation"),
        ((_PROTECTION, _CREATE), "DeletionProtection modification must be the only operation"),
        ((_WARM, _STREAM), "WarmThroughput must be the only operation in the request"),
        (
            (_WARM, _CREATE),
            "Create global secondary index cannot be specified when updating WarmThroughput",
        ),
        (
            (_MAXIMUM, _STREAM),
            "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request",
        ),
        ((_UNITS, _STREAM), "You cannot modify stream status while updating table IOPS"),
        ((_UNITS, _CREATE), "You cannot create or delete index while updating table IOPS"),
        ((_DELETE, _STREAM), "You cannot create or delete index while changing stream status"),
        (
            (_ON_DEMAND, _UNITS),
            "ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST",
        ),
        (
            ({"BillingMode": "PROVISIONED"},),
            "ProvisionedThroughput must be specified when BillingMode is PROVISIONED",
        ),
        (
            ({"StreamSpecification": {"StreamEnabled": True}},),
            "If stream is being enabled then UpdateViewType is required",
        ),
        (
            ({"StreamSpecification": {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}},),
            "If stream is being disabled, then UpdateViewType must not be specified",
        ),
    ],
)
def test_check_update_more_than_one_concern_is_refused(
    parts: tuple[dict[str, Any], ...], text: str
) -> None:
    """UpdateTable changes one thing at a time."""
    request = {member: value for part in parts for member, value in part.items()}
    assert (_refusal(request) or "").startswith(_INVALID + text)


@pytest.mark.parametrize(
    "parts",
    [
        (_ON_DEMAND, _MAXIMUM),
        (_ON_DEMAND, _STREAM),
        (_ON_DEMAND, _CREATE),
        (_UNITS, _UPDATE),
        (_WARM, _UPDATE),
        (_PROTECTION, {"WarmThroughput": {}}),
    ],
)
def test_check_update_pairs_that_fit_are_accepted(parts: tuple[dict[str, Any], ...]) -> None:
    """The few pairs that AWS accepts pass."""
    check_update({member: value for part in parts for member, value in part.items()})


def test_check_update_setting_without_effect_is_refused() -> None:
    """What this version does not do is refused, not ignored."""
    refusal = _refusal({"DisassociationProtectionEnabled": True}) or ""
    assert refusal.startswith("DisassociationProtectionEnabled is not supported")
