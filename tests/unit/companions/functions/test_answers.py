"""What a function's answer says of its batch."""

import pytest

from globaltables.companions.functions.mappings.answers import failed_items


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (b"null", []),
        (b"{}", []),
        (b'{"batchItemFailures": []}', []),
        (b'{"batchItemFailures": null}', []),
        (b'"done"', []),
        (b'{"batchItemFailures": [{"itemIdentifier": "2"}]}', ["2"]),
        (b'{"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "1"}]}', ["2", "1"]),
        (b'{"batchItemFailures": [{"itemIdentifier": ""}]}', None),
        (b'{"batchItemFailures": [{"itemIdentifier": null}]}', None),
        (b'{"batchItemFailures": [{"identifier": "1"}]}', None),
        (b'{"batchItemFailures": [{"itemIdentifier": "3"}]}', None),
        (b'{"batchItemFailures": ["1"]}', None),
        (b'{"batchItemFailures": "1"}', None),
        (b"{", None),
    ],
)
def test_failed_items_of_an_answer_are_those_that_aws_sees(
    payload: bytes, expected: list[str] | None
) -> None:
    """Nothing is success, names are partial success, and what makes no sense is a failure of all."""
    assert expected == failed_items(payload, ["1", "2"])
