"""DescribeContinuousBackups: whether a table can be restored to points in time, and to which."""

from globaltables.operations.backed_up_tables import backed_up_table
from globaltables.operations.context import Answer, Call
from globaltables.runtime.clock import stamp_ms
from globaltables.tables.continuous_backups import describe_continuous_backups


def handle(call: Call) -> Answer:
    """Describe the setting of the table of the request.

    Source: API_DescribeContinuousBackups.
    """
    region = call.region
    table = backed_up_table(call, region.catalog, call.table_name())
    now_ms = stamp_ms(region.hlc.tick())
    description = describe_continuous_backups(table, now_ms, realistic=region.settings.realistic)
    return {"ContinuousBackupsDescription": description}
