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
_NO_PROTECTION = (
    "a replica of another account leaves only when it is deleted, or denied for 20 hours"
)
_NO_REMOTE_KEYS = "with replicas on other nodes the encryption stays as it is"

UNCOVERED: tuple[Uncovered, ...] = (
    Uncovered("CreateTable", "VectorIndexes", Effect.REFUSED, _NO_VECTORS),
    Uncovered("UpdateTable", "DisassociationProtectionEnabled", Effect.REFUSED, _NO_PROTECTION),
    Uncovered("UpdateTable", "VectorIndexUpdates", Effect.REFUSED, _NO_VECTORS),
    Uncovered("UpdateTable", "SSESpecification", Effect.LIMITED, _NO_REMOTE_KEYS),
    Uncovered("RestoreTableFromBackup", "VectorIndexOverride", Effect.REFUSED, _NO_VECTORS),
    Uncovered("RestoreTableToPointInTime", "VectorIndexOverride", Effect.REFUSED, _NO_VECTORS),
    Uncovered(
        "ExportTableToPointInTime",
        "FilterSpecification",
        Effect.LIMITED,
        "of full exports; refused by name for incremental ones",
    ),
    Uncovered(
        "ExportTableToPointInTime",
        "S3SseAlgorithm",
        Effect.LIMITED,
        "told to S3; folders do not encrypt, and an export to one with a key of KMS fails",
    ),
    Uncovered("ImportTable", "TableCreationParameters", Effect.LIMITED, "as those of CreateTable"),
    Uncovered("ListTagsOfResource", "NextToken", Effect.SAME, "fifty tags are one page"),
)
