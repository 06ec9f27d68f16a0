"""The ARN of a Kinesis data stream: its name, or why the stream cannot be a table's destination.

AWS answers every enabling with ENABLING and says later what is wrong, in these words (dynamodb-controller,
docs/api-quirks, DDB-TABLE-318). A stream that is not there is a stream that may not be used.
"""

from typing import NamedTuple

from globaltables.tables.definitions import Table

NO_PERMISSION = "User does not have a permission to use kinesis stream"
_ARN = "The kinesis Arn used to enable kinesis replication belongs to a stream which is not in"
NOT_IN_REGION = f"{_ARN} the current region"
NOT_ACTIVE = f"{_ARN} Active state"


class StreamName(NamedTuple):
    """A stream of the table's own account and region."""

    name: str


class Unusable(NamedTuple):
    """A stream that cannot be used.

    Attributes:
        description: AWS's words.
        late: whether AWS tries for a minute before it says so.
    """

    description: str
    late: bool


def stream_of(table: Table, arn: str) -> StreamName | Unusable:
    """Return the stream that an ARN names, if the table's changes may go there."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn":
        return Unusable(NO_PERMISSION, late=False)
    _, _, service, region, account, resource = parts
    if region != table.region:
        return Unusable(NOT_IN_REGION, late=False)
    if account != table.account or service == "firehose":
        return Unusable(NOT_ACTIVE, late=True)
    kind, _, name = resource.partition("/")
    if service != "kinesis" or kind != "stream" or not name or "/" in name:
        return Unusable(NO_PERMISSION, late=False)
    return StreamName(name)
