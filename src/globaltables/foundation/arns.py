"""Amazon Resource Names of DynamoDB: building and reading them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableArn:
    """A parsed `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME[/index/INDEX | /stream/LABEL | ...]`.

    `resource` is what follows the table's name, e.g. ("index", "GSI1") or ("stream", label) or ().
    """

    partition: str
    region: str
    account: str
    table_name: str
    resource: tuple[str, ...]


def partition_of(region: str) -> str:
    """Return the ARN partition of a region: aws, aws-cn or aws-us-gov."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def table_arn(region: str, account: str, table_name: str) -> str:
    """Return a table's ARN."""
    return f"arn:{partition_of(region)}:dynamodb:{region}:{account}:table/{table_name}"


def index_arn(region: str, account: str, table_name: str, index_name: str) -> str:
    """Return an index's ARN."""
    return f"{table_arn(region, account, table_name)}/index/{index_name}"


def stream_arn(region: str, account: str, table_name: str, label: str) -> str:
    """Return a stream's ARN; the label is the stream's creation time."""
    return f"{table_arn(region, account, table_name)}/stream/{label}"


def global_table_arn(region: str, account: str, table_name: str) -> str:
    """Return the ARN of a version 2017.11.29 global table, which has no region."""
    return f"arn:{partition_of(region)}:dynamodb::{account}:global-table/{table_name}"


def parse_table_arn(text: str) -> TableArn | None:
    """Return the parts of a DynamoDB table ARN, or None when the text is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "dynamodb":
        return None
    kind, _, rest = parts[5].partition("/")
    name, *resource = rest.split("/")
    if kind != "table" or not name:
        return None
    return TableArn(parts[1], parts[3], parts[4], name, tuple(resource))
