"""Tests of ARNs."""

import pytest

from globaltables.foundation.arns import (
    TableArn,
    global_table_arn,
    index_arn,
    parse_table_arn,
    stream_arn,
    table_arn,
)

_ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("region", "partition"),
    [("eu-west-1", "aws"), ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov")],
)
def test_arns_made_and_read_are_the_same(region: str, partition: str) -> None:
    """What is built is what is parsed, in every partition."""
    table = table_arn(region, _ACCOUNT, "t")
    assert f"arn:{partition}:dynamodb:{region}:{_ACCOUNT}:table/t" == table
    assert TableArn(partition, region, _ACCOUNT, "t", ()) == parse_table_arn(table)
    index = parse_table_arn(index_arn(region, _ACCOUNT, "t", "i"))
    assert TableArn(partition, region, _ACCOUNT, "t", ("index", "i")) == index


def test_label_of_a_stream_may_have_colons() -> None:
    """A stream's label is a time of day."""
    label = "2026-01-01T00:00:00.000"
    arn = parse_table_arn(stream_arn("eu-west-1", _ACCOUNT, "t", label))
    assert arn is not None
    assert ("stream", label) == arn.resource


def test_arn_of_a_global_table_has_no_region() -> None:
    """Version 2017.11.29 names what spans regions."""
    made = global_table_arn("eu-west-1", _ACCOUNT, "t")
    assert f"arn:aws:dynamodb::{_ACCOUNT}:global-table/t" == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "arn:",
        "t",
        "arn:aws:s3:eu-west-1:123456789012:table/t",
        "arn:aws:dynamodb:eu-west-1:123456789012:table/",
        "arn:aws:dynamodb:eu-west-1:123456789012:backup/t",
        "arn:aws:dynamodb:eu-west-1:table/t",
        "nra:aws:dynamodb:eu-west-1:123456789012:table/t",
    ],
)
def test_text_that_is_no_table_arn_has_no_parts(text: str) -> None:
    """Nothing is guessed."""
    assert parse_table_arn(text) is None
