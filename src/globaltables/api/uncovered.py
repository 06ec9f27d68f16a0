"""Parameters of implemented operations that do less than on AWS, with the reason for each.

docs/coverage.py prints them; what is not listed here has to be read by the operation's code.
"""

from dataclasses import dataclass
from enum import Enum


class Effect(Enum):
    """What a parameter does, in the words of docs/coverage.md."""

    SAME = "without effect, as on AWS"
    REFUSED = "refused by name"
    LIMITED = "limited"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A parameter that does less than on AWS.

    Attributes:
        operation: AWS's name.
        parameter: the member of the request.
        effect: what it does.
        reason: why, or how far.
    """

    operation: str
    parameter: str
    effect: Effect
    reason: str


_NO_VECTORS = "there are no vector indexes"
_NO_SOURCE = "replicas across accounts are not offered; replicas are added by UpdateTable"
_NO_MODES = "settings always replicate, as between tables of one account on AWS"
_DEFAULT_ENCRYPTION = "only the default encryption; a key of the customer is refused"

UNCOVERED: tuple[Uncovered, ...] = (
    Uncovered("CreateTable", "GlobalTableSourceArn", Effect.REFUSED, _NO_SOURCE),
    Uncovered("CreateTable", "GlobalTableSettingsReplicationMode", Effect.REFUSED, _NO_MODES),
    Uncovered("CreateTable", "VectorIndexes", Effect.REFUSED, _NO_VECTORS),
    Uncovered("CreateTable", "SSESpecification", Effect.LIMITED, _DEFAULT_ENCRYPTION),
    Uncovered("UpdateTable", "GlobalTableSettingsReplicationMode", Effect.REFUSED, _NO_MODES),
    Uncovered("UpdateTable", "DisassociationProtectionEnabled", Effect.REFUSED, _NO_SOURCE),
    Uncovered("UpdateTable", "VectorIndexUpdates", Effect.REFUSED, _NO_VECTORS),
    Uncovered("UpdateTable", "SSESpecification", Effect.LIMITED, _DEFAULT_ENCRYPTION),
    Uncovered("RestoreTableFromBackup", "VectorIndexOverride", Effect.REFUSED, _NO_VECTORS),
    Uncovered("RestoreTableToPointInTime", "VectorIndexOverride", Effect.REFUSED, _NO_VECTORS),
    Uncovered(
        "RestoreTableFromBackup", "SSESpecificationOverride", Effect.LIMITED, _DEFAULT_ENCRYPTION
    ),
    Uncovered(
        "RestoreTableToPointInTime",
        "SSESpecificationOverride",
        Effect.LIMITED,
        _DEFAULT_ENCRYPTION,
    ),
    Uncovered("ListTagsOfResource", "NextToken", Effect.SAME, "fifty tags are one page"),
)
