"""ResourceArn of the tag operations: AWS's checks, and the table that it names."""

from globaltables.foundation.arns import parse_table_arn
from globaltables.foundation.errors import ApiError, invalid_parameters, validation
from globaltables.operations.authorization import refuse_foreign_resource
from globaltables.operations.context import Call
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import Table

_NAME_CHARACTERS_MIN = 3


def table_of_resource(call: Call) -> str:
    """Return the name of the table that a request's ResourceArn names, when the caller may do this to it.

    Raises:
        ApiError: it is no ARN of a table of this region, or the caller may not.
    """
    text = call.request["ResourceArn"]
    if not text.startswith("arn:"):
        raise invalid_parameters(f"ARNs must start with 'arn:': {text}")
    parts = text.split(":", 5)
    if len(parts) > 2 and parts[2] != "dynamodb":
        raise invalid_parameters(f"Provided Arn is not a DynamoDB resource arn: {text}")
    arn = parse_table_arn(text)
    if arn is None:
        raise _invalid(text)
    if arn.resource[:1] == ("backup",):
        raise invalid_parameters(f"Provided Arn is not a DynamoDB resource arn: {text}")
    if arn.account != call.account and (arn.resource or arn.region != call.region.name):
        refuse_foreign_resource(call.access("", call.request), text, arn.account)
    if arn.resource[:1] not in ((), ("stream",)):
        raise invalid_parameters(
            "Invalid resource arn provided, only table or stream is accepted. "
            f"Provided resource arn: {text}"
        )
    if arn.resource or arn.region != call.region.name or len(arn.table_name) < _NAME_CHARACTERS_MIN:
        raise _invalid(text)
    call.enter(arn.account, arn.table_name)
    return arn.table_name


def tagged_table(call: Call, catalog: Catalog, name: str) -> Table | None:
    """Return the table whose tags a request is about, None also while it is created or deleted (measured)."""
    table = catalog.find(call.account, name)
    usable = table is not None and not table.restricted and table.status in ("ACTIVE", "UPDATING")
    return table if usable else None


def resource_of_table_not_found(call: Call) -> ApiError:
    """Return AWS's refusal of a ResourceArn whose table does not exist (its spelling)."""
    return ApiError(
        "ResourceNotFoundException",
        f"Requested resource not found: ResourcArn: {call.request['ResourceArn']} not found",
    )


def _invalid(text: str) -> ApiError:
    return validation(f"Invalid TableArn: Invalid ResourceArn provided as input {text}")
