"""DisableKinesisStreamingDestination, seen from outside."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.waiting import eventually

MakeDestination = Callable[..., Any]
NOT_ACTIVE = (
    "Table is not in a valid state to enable Kinesis Streaming Destination: KinesisStreamingDestination must be ACTIVE "
    "to perform DISABLE operation."
)


def refusal(call: Callable[[], Any]) -> tuple[str | None, str | None]:
    """Return code and text of the refusal of a call."""
    with pytest.raises(ClientError) as refused:
        call()
    error = refused.value.response["Error"]
    return error.get("Code"), error.get("Message")


def test_disable_answers_disabling_and_is_described_as_disabled(
    make_destination: MakeDestination,
) -> None:
    """The entry stays; its precision does not."""
    destination = make_destination()
    destination.enable(ApproximateCreationDateTimePrecision="MICROSECOND")

    answer = destination.disable()

    assert (destination.table, destination.arn, "DISABLING") == (
        answer["TableName"],
        answer["StreamArn"],
        answer["DestinationStatus"],
    )
    assert [
        {"StreamArn": destination.arn, "DestinationStatus": "DISABLED"}
    ] == destination.described()


def test_disable_stops_after_what_was_committed_before(make_destination: MakeDestination) -> None:
    """Changes before it arrive although the stream was busy then, later ones do not; enabled again it goes on."""
    destination = make_destination()
    destination.enable()
    destination.stream.failures.extend([500, 500])
    for key in ("a", "b"):
        destination.put(key)
    destination.disable()
    destination.put("c")
    destination.enable()
    destination.put("d")

    assert ["a", "b", "d"] == [
        record["dynamodb"]["Keys"]["pk"]["S"] for record in destination.records(3)
    ]


def test_disable_of_what_is_not_active_is_refused(make_destination: MakeDestination) -> None:
    """Never enabled, disabled already, or not enabled for a reason: AWS does not say which."""
    destination = make_destination()
    assert ("ValidationException", NOT_ACTIVE) == refusal(destination.disable)
    destination.stream.status = "CREATING"
    destination.enable()
    assert ("ValidationException", NOT_ACTIVE) == refusal(destination.disable)
    destination.stream.status = "ACTIVE"
    destination.enable()
    destination.disable()
    assert ("ValidationException", NOT_ACTIVE) == refusal(destination.disable)


def test_disable_with_a_configuration_is_refused(make_destination: MakeDestination) -> None:
    """The member is in the model, and AWS refuses it."""
    destination = make_destination()
    destination.enable()
    configuration = {"ApproximateCreationDateTimePrecision": "MICROSECOND"}

    assert (
        "ValidationException",
        "Stream cannot be disabled using EnableKinesisStreamingConfiguration parameters",
    ) == refusal(lambda: destination.disable(EnableKinesisStreamingConfiguration=configuration))
    assert ["ACTIVE"] == [one["DestinationStatus"] for one in destination.described()]


def test_disable_missing_table_is_named(client: Callable[..., Any]) -> None:
    """The refusal names the table."""
    with pytest.raises(ClientError, match="Table: no-such-table not found"):
        client().disable_kinesis_streaming_destination(
            TableName="no-such-table",
            StreamArn="arn:aws:kinesis:us-east-1:123456789012:stream/any",
        )


def test_disable_removes_the_log_of_a_table_that_nobody_else_reads(
    make_destination: MakeDestination,
) -> None:
    """Without a reader no changes are kept: what is enabled later begins with later changes."""
    destination = make_destination()
    destination.enable()
    destination.disable()
    destination.put("a")
    destination.enable()
    destination.put("b")

    assert eventually(lambda: destination.stream.records)
    assert ["b"] == [record["dynamodb"]["Keys"]["pk"]["S"] for record in destination.stream.records]
