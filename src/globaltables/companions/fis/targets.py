"""Which replicas a target stands for."""

import re
from collections.abc import Mapping
from typing import Any

from globaltables.foundation.arns import parse_table_arn, table_arn
from globaltables.runtime.randomness import Randomness
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Table

_COUNTED = re.compile(r"(COUNT|PERCENT)\((\d+)\)")
_CURRENT = "2019.11.21"


def find_replica(catalog: Catalog, arn: str) -> Table | None:
    """Return the replica of a global table that an ARN names in this region, None when it names none."""
    parts = parse_table_arn(arn)
    table = None if parts is None else catalog.find(parts.account, parts.table_name)
    if table is None or _arn(table) != arn or not _is_global(table):
        return None
    return table


def resolved(
    target: Mapping[str, Any], catalog: Catalog, account: str, randomness: Randomness
) -> list[str]:
    """Return the ARNs of the replicas that a target stands for now."""
    wanted = set(target.get("resourceTags", {}).items())
    if wanted:
        tables = [one for one in catalog.list(account) if wanted <= set(one.tags)]
        found = [_arn(table) for table in tables if _is_global(table)]
    else:
        found = [
            arn
            for arn in target["resourceArns"]
            if (table := find_replica(catalog, arn)) is not None and table.account == account
        ]
    return _selected(found, target["selectionMode"], randomness)


def _selected(found: list[str], mode: str, randomness: Randomness) -> list[str]:
    match = _COUNTED.fullmatch(mode)
    if match is None:
        return found
    count = int(match.group(2))
    if match.group(1) == "PERCENT":
        count = len(found) * count // 100
    left = list(found)
    while len(left) > count:
        del left[int(randomness.share() * len(left))]
    return left


def _is_global(table: Table) -> bool:
    return table.replicated and table.global_table_version == _CURRENT and not table.restricted


def _arn(table: Table) -> str:
    return table_arn(table.region, table.account, table.name)
