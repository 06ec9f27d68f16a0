"""What can be asked of a mapping, by its source."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.functions.deliveries import queue_url
from globaltables.companions.functions.mappings.filtering import filters_of
from globaltables.companions.functions.refusals import invalid_parameter, unsupported
from globaltables.companions.functions.stored import function_record
from globaltables.companions.records import Document
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError

_STREAM_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 100,
    "MaximumBatchingWindowInSeconds": 0,
    "ParallelizationFactor": 1,
    "DestinationConfig": {"OnFailure": {}},
    "MaximumRecordAgeInSeconds": -1,
    "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1,
    "TumblingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
}
_QUEUE_DEFAULTS: Mapping[str, Any] = {
    "BatchSize": 10,
    "MaximumBatchingWindowInSeconds": 0,
    "FunctionResponseTypes": [],
}
_UNSUPPORTED = (
    "AmazonManagedKafkaEventSourceConfig",
    "DocumentDBEventSourceConfig",
    "KMSKeyArn",
    "LoggingConfig",
    "MetricsConfig",
    "ProvisionedPollerConfig",
    "Queues",
    "SelfManagedEventSource",
    "SelfManagedKafkaEventSourceConfig",
    "SourceAccessConfigurations",
    "Topics",
    "TumblingWindowInSeconds",
)
_QUEUE_BATCH_MAX = 10  # without a window, and from FIFO queues
_RECORD_AGE_SECONDS_MIN = 60
_DESTINATIONS = ("sqs", "sns", "s3")


def checked(request: Mapping[str, Any], before: Mapping[str, Any], arn: str) -> Document:
    """Return the members of a mapping that a request may set, completed.

    Args:
        request: to create or update.
        before: the mapping as it is; empty for a new one.
        arn: of its source.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    service = arn.split(":")[2]
    if service not in ("dynamodb", "sqs"):
        raise unsupported(f"The event source {service}")
    for name in _UNSUPPORTED:
        if request.get(name):
            raise unsupported(name)
    defaults = _STREAM_DEFAULTS if service == "dynamodb" else _QUEUE_DEFAULTS
    for name in _STREAM_DEFAULTS.keys() - defaults.keys():
        if request.get(name):
            raise invalid_parameter(f"Unsupported {name} for SQS event source mappings.")
    members = {name: request.get(name, before.get(name, defaults[name])) for name in defaults}
    if "FilterCriteria" in request:
        filters_of(request["FilterCriteria"])
        if request["FilterCriteria"].get("Filters"):
            members["FilterCriteria"] = request["FilterCriteria"]
        elif before:
            members["FilterCriteria"] = {"Filters": []}
    if "ScalingConfig" in request:
        if service != "sqs":
            raise invalid_parameter("ScalingConfig is not supported for this event source.")
        members["ScalingConfig"] = request["ScalingConfig"]
    if service == "sqs":
        _check_queue_batch(members, arn)
    else:
        _check_stream(members)
    return members


async def check_queue(
    call: ServiceCall, arn: str, mapping: Mapping[str, Any], function: str
) -> None:
    """Check that a queue is there and hides its messages for as long as its function may take.

    Raises:
        ApiError: InvalidParameterValueException.
    """
    try:
        answer = await call.services.call(
            "sqs",
            "GetQueueAttributes",
            {"QueueUrl": queue_url(arn), "AttributeNames": ["VisibilityTimeout"]},
            region=arn.split(":")[3],
            account=arn.split(":")[4],
        )
    except ApiError as error:
        raise invalid_parameter(
            f"Error occurred while ReceiveMessage. SQS Error Code: {error.code}. SQS Error Message: {error.message}"
        ) from error
    visible_s = int(answer["Attributes"]["VisibilityTimeout"])
    record = function_record(call.region.store.reader(), call.region.name, call.account, function)
    timeout_s = record["latest"]["Timeout"]
    if visible_s < timeout_s:
        raise invalid_parameter(
            f"Queue visibility timeout: {visible_s} seconds is less than Function timeout: {timeout_s} seconds"
        )


def _check_queue_batch(members: Mapping[str, Any], arn: str) -> None:
    size, window = members["BatchSize"], members["MaximumBatchingWindowInSeconds"]
    if arn.endswith(".fifo"):
        if window:
            raise invalid_parameter("Batching window is not supported for FIFO queues")
        if size > _QUEUE_BATCH_MAX:
            raise invalid_parameter(
                f"Batch size for FIFO queues cannot be greater than {_QUEUE_BATCH_MAX}"
            )
    elif size > _QUEUE_BATCH_MAX and not window:
        raise invalid_parameter(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than "
            f"{_QUEUE_BATCH_MAX}"
        )


def _check_stream(members: Mapping[str, Any]) -> None:
    age = members["MaximumRecordAgeInSeconds"]
    if 0 <= age < _RECORD_AGE_SECONDS_MIN:
        raise invalid_parameter(
            f"MaximumRecordAgeInSeconds must be -1 or at least {_RECORD_AGE_SECONDS_MIN}."
        )
    destinations = members["DestinationConfig"]
    if destinations.get("OnSuccess", {}).get("Destination"):
        raise invalid_parameter(
            "OnSuccess destinations are not supported for event source mappings."
        )
    arn = destinations.get("OnFailure", {}).get("Destination")
    if arn and arn.split(":")[2] not in _DESTINATIONS:
        raise invalid_parameter(f"The destination ARN {arn} is invalid.")
