"""DescribeImport: one import and how it goes."""

from globaltables.foundation.errors import ApiError
from globaltables.operations.context import Answer, Call
from globaltables.transfers.descriptions import describe_import
from globaltables.transfers.records import find_import
from globaltables.transfers.transfer_arns import invalid_arn, not_found, parse_transfer_arn


def handle(call: Call) -> Answer:
    """Describe the import of an ARN.

    Source: API_DescribeImport; texts: ack-api-quirks, DDB-IMPORT-010, measured.
    """
    text = call.request["ImportArn"]
    arn = parse_transfer_arn("import", text)
    if arn is None:
        raise invalid_arn("import")
    region, account, table_name, import_id = arn
    if account != call.account:
        raise ApiError("AccessDeniedException", "Access is denied")
    if region != call.region.name:
        raise not_found("import", "Invalid import arn")
    one = find_import(call.region.store.reader(), account, import_id)
    if one is None or one.table_name != table_name:
        raise not_found("import", f"Import not found: {text}")
    return {"ImportTableDescription": describe_import(one)}
