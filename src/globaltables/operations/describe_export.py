"""DescribeExport: one export and how it goes."""

from globaltables.foundation.errors import ApiError
from globaltables.operations.context import Answer, Call
from globaltables.transfers.descriptions import describe_export
from globaltables.transfers.records import find_export
from globaltables.transfers.transfer_arns import invalid_arn, not_found, parse_transfer_arn


def handle(call: Call) -> Answer:
    """Describe the export of an ARN.

    Source: API_DescribeExport; texts: ack-api-quirks, DDB-EXPORT-006, measured.
    """
    text = call.request["ExportArn"]
    arn = parse_transfer_arn("export", text)
    if arn is None:
        raise invalid_arn("export")
    region, account, table_name, export_id = arn
    if account != call.account:
        raise ApiError("AccessDeniedException", "Access is denied")
    if region != call.region.name:
        raise not_found("export", "Invalid export arn")
    export = find_export(call.region.store.reader(), account, export_id)
    if export is None or export.table_name != table_name:
        raise not_found("export", f"Export not found: {text}")
    return {"ExportDescription": describe_export(export)}
