"""Tags of a table follow AWS's rules."""

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.tables.tags import check_tag_keys, tagged, untagged

_LIMIT = "Number of Tags exceed the current limit for the provided ResourceArn"


def test_tagged_adds_and_replaces() -> None:
    """A tag of the same key gets the new value, the others stay."""
    tags = [{"Key": "b", "Value": "3"}, {"Key": "c", "Value": ""}]
    assert (("a", "1"), ("b", "3"), ("c", "")) == tagged((("a", "1"), ("b", "2")), tags)


def test_tagged_letters_of_any_script_are_accepted() -> None:
    """Letters, digits, white space and + - = . _ : / @ are allowed, lengths count characters."""
    tags = [{"Key": "ключ" * 32, "Value": "表 a+b-c=d.e_f:g/h@i"}]
    assert 1 == len(tagged((), tags))
    with pytest.raises(ApiError, match="The Tag Key provided is invalid, Key: к"):
        tagged((), [{"Key": "к" * 129, "Value": ""}])
    with pytest.raises(ApiError, match="The Tag Value provided is invalid, Value: ~"):
        tagged((), [{"Key": "a", "Value": "~"}])


def test_tagged_more_than_fifty_together_are_refused() -> None:
    """The limit counts what the table has then."""
    current = tuple((str(number), "") for number in range(50))
    assert current == tagged(current, [{"Key": "1", "Value": ""}])
    with pytest.raises(ApiError, match=_LIMIT):
        tagged(current, [{"Key": "new", "Value": ""}])


def test_untagged_unknown_keys_are_ignored() -> None:
    """Removing what is not there changes nothing."""
    assert (("a", "1"),) == untagged((("a", "1"), ("b", "2")), ["b", "c"])


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([], "Atleast one Tag Key needs to be provided as Input."),
        ([""], "The Tag Key provided is invalid, Key: "),
        (["a", "AWS:b"], "Tag Key cannot be prefixed with aws:, Key: AWS:b"),
        ([str(number) for number in range(51)], _LIMIT),
    ],
)
def test_check_tag_keys_wrong_keys_are_refused(keys: list[str], text: str) -> None:
    """The keys of UntagResource are checked."""
    with pytest.raises(ApiError) as refused:
        check_tag_keys(keys)
    assert text == refused.value.message
