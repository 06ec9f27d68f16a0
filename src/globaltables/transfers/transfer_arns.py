"""ARNs of exports and imports, and the tokens of their lists."""

from typing import Literal

from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError, validation
from globaltables.transfers.records import TransferKind

_TOKEN_BYTES = 56


def parse_transfer_arn(kind: TransferKind, text: str) -> tuple[str, str, str, str] | None:
    """Return region, account, table and id of the ARN of an export or import, None when the text is not one."""
    parts = text.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "dynamodb":
        return None
    path = parts[5].split("/")
    if len(path) != 4 or path[0] != "table" or path[2] != kind or not (path[1] and path[3]):
        return None
    if parts[1] != partition_of(parts[3]):
        return None
    return parts[3], parts[4], path[1], path[3]


def invalid_arn(kind: TransferKind) -> ApiError:
    """Return the refusal of a text that is no ARN of an export or import."""
    return validation(f"Invalid {kind.title()} ARN")


def not_found(kind: Literal["export", "import"], text: str) -> ApiError:
    """Return the refusal of the ARN of an export or import that is not there (AWS says it twice)."""
    name = kind.title()
    return ApiError(f"{name}NotFoundException", f"{name} not found: {text}")


def next_token(kind: TransferKind, transfer_id: str) -> str:
    """Return the token with which a list goes on behind an export or import."""
    return f"{kind}:{transfer_id}".encode("ascii").ljust(_TOKEN_BYTES, b"\0").hex()


def id_of_token(kind: TransferKind, token: str) -> str:
    """Return the id behind which a list goes on.

    Raises:
        ApiError: the token is none of ours, or of another list.
    """
    try:
        text = bytes.fromhex(token).rstrip(b"\0").decode("ascii")
    except ValueError:
        text = ""
    found, colon, transfer_id = text.partition(":")
    if found != kind or not colon or not transfer_id:
        raise validation(f"Invalid Request: Provided nextToken is invalid: {token}")
    return transfer_id
