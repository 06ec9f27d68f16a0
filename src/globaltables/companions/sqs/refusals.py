"""What SQS refuses, with its codes and texts."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from globaltables.foundation.errors import ApiError

_OLD = "AWS.SimpleQueueService."

#: What errors are called on the wire of the query protocol, and in x-amzn-query-error.
ERROR_CODES: Mapping[str, str] = MappingProxyType(
    {
        "BatchEntryIdsNotDistinct": f"{_OLD}BatchEntryIdsNotDistinct",
        "BatchRequestTooLong": f"{_OLD}BatchRequestTooLong",
        "EmptyBatchRequest": f"{_OLD}EmptyBatchRequest",
        "InvalidBatchEntryId": f"{_OLD}InvalidBatchEntryId",
        "InvalidParameterValueException": "InvalidParameterValue",
        "MessageNotInflight": f"{_OLD}MessageNotInflight",
        "MissingRequiredParameterException": "MissingParameter",
        "PurgeQueueInProgress": f"{_OLD}PurgeQueueInProgress",
        "QueueDeletedRecently": f"{_OLD}QueueDeletedRecently",
        "QueueDoesNotExist": f"{_OLD}NonExistentQueue",
        "QueueNameExists": "QueueAlreadyExists",
        "TooManyEntriesInBatchRequest": f"{_OLD}TooManyEntriesInBatchRequest",
        "UnsupportedOperation": f"{_OLD}UnsupportedOperation",
    }
)


def no_queue() -> ApiError:
    """Return the refusal of what is about a queue that is not there."""
    return ApiError("QueueDoesNotExist", "The specified queue does not exist.")


def invalid_value(message: str) -> ApiError:
    """Return the refusal of a parameter's value."""
    return ApiError("InvalidParameterValueException", message)


def bad_value(value: Any, parameter: str, reason: str) -> ApiError:
    """Return the refusal of a parameter's value, in the words that most have."""
    return invalid_value(f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def missing(parameter: str) -> ApiError:
    """Return the refusal of a request without a parameter."""
    return ApiError(
        "MissingRequiredParameterException", f"The request must contain the parameter {parameter}."
    )


def invalid_attribute(name: str) -> ApiError:
    """Return the refusal of a queue attribute's value."""
    return ApiError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def wire_code(error: ApiError) -> str:
    """Return what an error is called in the entry of a batch."""
    return ERROR_CODES.get(error.code, error.code)
