"""The operations that the model has."""

import subprocess
import sys

import pytest

from globaltables.api.model import Models, load_models
from globaltables.foundation.errors import ApiError


@pytest.fixture(scope="module")
def models() -> Models:
    """The contract of both services."""
    return load_models()


def test_operation_of_each_service_is_found_by_its_target(models: Models) -> None:
    """The X-Amz-Target value names service and operation."""
    put = models.operation("DynamoDB_20120810.PutItem")
    get = models.operation("DynamoDBStreams_20120810.GetRecords")

    assert put is not None
    assert get is not None
    assert ("PutItem", "GetRecords") == (put.name, get.name)


def test_operation_with_unknown_target_is_none(models: Models) -> None:
    """AWS has no such operation."""
    assert models.operation("DynamoDB_20120810.GetRecords") is None


def test_errors_of_an_operation_have_code_and_members(models: Models) -> None:
    """A failed condition may carry the item."""
    put = models.operation("DynamoDB_20120810.PutItem")
    assert put is not None
    members = {error.code: error.members for error in put.errors}

    assert ("message", "Item") == members["ConditionalCheckFailedException"]


def test_check_is_compiled_at_the_first_request(models: Models) -> None:
    """The second request goes straight to the compiled check."""
    delete = models.operation("DynamoDB_20120810.DeleteTable")
    assert delete is not None
    before = delete.check

    with pytest.raises(ApiError):
        delete.check({})

    assert before != delete.check


def test_load_models_imports_no_botocore() -> None:
    """Botocore's code would cost start-up time and memory; its data files do not."""
    script = (
        "import sys; from globaltables.api.model import load_models; load_models();"
        "print(any(name.startswith('botocore') for name in sys.modules))"
    )

    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert "False" == printed.stdout.strip()
