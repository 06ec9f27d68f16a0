"""Receipt handles: which reception of which message."""

from base64 import b64decode, b64encode
from binascii import Error as Base64Error

from globaltables.companions.sqs.queue import Entry, Queue
from globaltables.foundation.errors import ApiError

_VERSION = b"\x01\x11\x01"


def receipt_of(queue: Queue, entry: Entry) -> str:
    """Return the handle of the last reception of a message."""
    text = f"{queue.queue_id}/{entry.sequence:x}/{entry.count}".encode("ascii")
    return b64encode(_VERSION + text).decode("ascii")


def received(queue: Queue, receipt: str) -> Entry | None:
    """Return the message that a handle stands for, None when it is gone or was received again.

    Raises:
        ApiError: it is no handle of this queue.
    """
    try:
        raw = b64decode(receipt, validate=True)
        version, text = raw[: len(_VERSION)], raw[len(_VERSION) :].decode("ascii")
        queue_id, sequence, count = text.split("/")
        entry = queue.entries.get(int(sequence, 16))
        counted = int(count)
    except (Base64Error, ValueError):
        raise _invalid(receipt) from None
    if version != _VERSION or queue_id != queue.queue_id:
        raise _invalid(receipt)
    return entry if entry is not None and entry.count == counted else None


def _invalid(receipt: str) -> ApiError:
    return ApiError(
        "ReceiptHandleIsInvalid",
        f'The input receipt handle "{receipt}" is not a valid receipt handle.',
    )
