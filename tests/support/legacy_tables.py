"""Short ways to global tables of version 2017.11.29."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.target import Target

REGIONS = ["us-east-1", "eu-west-1"]
ASIA = "ap-northeast-1"
#: Why such tests do not run on AWS.
NO_LONGER = "AWS creates no global tables of version 2017.11.29 any more"


def group(*regions: str) -> list[Any]:
    """Return regions as the API takes them."""
    return [{"RegionName": region} for region in regions]


def put(target: Target, region: str, name: str, key: str) -> None:
    """Write an item."""
    target.client(region).put_item(TableName=name, Item={"pk": {"S": key}})


def has(target: Target, region: str, name: str, key: str) -> bool:
    """Tell whether an item is there."""
    return "Item" in target.client(region).get_item(TableName=name, Key={"pk": {"S": key}})


def refusal(call: Callable[..., Any], **request: Any) -> tuple[str, str]:
    """Return code and text with which a request is refused."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
