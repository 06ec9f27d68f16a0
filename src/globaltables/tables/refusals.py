"""Settings that AWS has and this version does not: refused by name, never accepted without effect."""

from collections.abc import Mapping
from typing import Any

from globaltables.foundation.errors import ApiError, validation
from globaltables.tables.definitions import Table

_CREATION = ("VectorIndexes",)
_UPDATE = (
    "DisassociationProtectionEnabled",
    "VectorIndexUpdates",
)


def not_supported(what: str) -> ApiError:
    """Return the refusal of something that this version does not do."""
    return validation(f"{what} is not supported by globaltables, see docs/compatibility.md")


def refuse_strong(table: Table, what: str) -> None:
    """Refuse what AWS does not have on a strongly consistent table; its words for it are not documented.

    Raises:
        ApiError: the table is strongly consistent.
    """
    if table.strong is not None:
        raise validation(
            f"{what} is not supported on a global table with MultiRegionConsistency set to STRONG."
        )


def only_as_a_whole() -> ApiError:
    """Return AWS's refusal to delete less than all other regions of a strongly consistent table."""
    return validation(
        "Deletion of only one table replica is not supported for global tables with "
        "MultiRegionConsistency set to STRONG."
    )


def refuse_at_creation(request: Mapping[str, Any]) -> None:
    """Refuse members of CreateTable that would have no effect.

    Raises:
        ApiError: one of them is given.
    """
    refuse_mode_of_regional_table(request.get("GlobalTableSettingsReplicationMode"))
    _refuse(request, _CREATION)


def refuse_at_update(request: Mapping[str, Any]) -> None:
    """Refuse members of UpdateTable that would have no effect.

    Raises:
        ApiError: one of them is given.
    """
    _refuse(request, _UPDATE)


def refuse_mode_of_regional_table(mode: str | None) -> None:
    """Refuse the GlobalTableSettingsReplicationMode that only replicas within one account have.

    Raises:
        ApiError: ValidationException.
    """
    if mode == "ENABLED_WITH_OVERRIDES":
        raise validation(
            "Value 'ENABLED_WITH_OVERRIDES' at 'GlobalTableSettingsReplicationMode' failed to "
            "satisfy constraint: Only ENABLED and DISABLED settings replication are supported for "
            "a Regional Table."
        )


def _refuse(request: Mapping[str, Any], members: tuple[str, ...]) -> None:
    for member in members:
        if member in request:
            raise not_supported(member)
