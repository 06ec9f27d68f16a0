"""Makes all checks of a deployment."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from globaltables.client.checks import surroundings, table
from globaltables.client.checks.findings import Deployment, Finding, RegionCheck, run_check
from globaltables.foundation.errors import OperationalError

#: Checks of every region.
_EVERYWHERE: tuple[tuple[str, RegionCheck], ...] = (
    ("replica", table.is_active),
    ("customer key", table.has_customer_key),
    ("point-in-time recovery", table.has_recovery),
    ("index", table.has_index),
    ("contributor insights", table.has_insights),
    ("tags", table.has_tags),
)
#: Checks of the region that was asked first.
_AT_HOME: tuple[tuple[str, RegionCheck], ...] = (
    ("backups", table.has_backups),
    ("backup schedule", surroundings.has_backup_schedule),
    ("alarms", surroundings.has_alarms),
    ("export bucket", surroundings.has_export_bucket),
    ("policies", surroundings.has_policies),
    ("cache", surroundings.has_cache),
    ("trail", surroundings.has_trail),
)


def check_deployment(
    name: str,
    home: str,
    regions: tuple[str, ...],
    tags: Mapping[str, str],
    client: Callable[[str, str], Any],
) -> Iterator[Finding]:
    """Make all checks and return what they found, one after the other.

    Args:
        name: of the table.
        home: the region that is asked first.
        regions: where the table has to be; empty takes those of its replicas.
        tags: that it has to have.
        client: returns botocore's client of a service in a region.

    Raises:
        OperationalError: the table is not in the region that is asked first, or that cannot be asked.
    """
    deployment = Deployment(name, regions or _replicas(name, home, client), tags, client)
    for title, check in _EVERYWHERE:
        yield from run_check(title, check, deployment, deployment.regions)
    for title, check in _AT_HOME:
        yield from run_check(title, check, deployment, (deployment.home,))


def _replicas(name: str, home: str, client: Callable[[str, str], Any]) -> tuple[str, ...]:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see Connection

    try:
        described = client("dynamodb", home).describe_table(TableName=name)["Table"]
    except (BotoCoreError, ClientError) as error:
        raise OperationalError(f"{name} in {home}: {error}") from error
    others = sorted(one["RegionName"] for one in described.get("Replicas", []))
    return (home, *(region for region in others if region != home))
