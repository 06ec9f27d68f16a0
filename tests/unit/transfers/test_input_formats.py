"""Lines of imported files as items."""

from dataclasses import replace
from typing import Any

import pytest

from globaltables.foundation.errors import ApiError
from globaltables.tables.definitions import KeyAttribute
from globaltables.transfers.compression import UnreadableFileError
from globaltables.transfers.input_formats import parser_of
from tests.support.regions import make_table

TABLE = replace(
    make_table(),
    attributes=(KeyAttribute("bin", "B"), KeyAttribute("n", "N"), KeyAttribute("pk", "S")),
)


def _csv(*lines: str, **options: Any) -> list[Any]:
    members = {"InputFormat": "CSV", "InputFormatOptions": {"Csv": options}}
    found = parser_of(members, TABLE)([line.encode() for line in lines])
    return ["bad" if isinstance(one, ApiError) else one for one in found]


def test_csv_columns_that_are_keys_have_their_types() -> None:
    """Everything else is a string; an empty column is no attribute."""
    assert [
        {"pk": {"S": "a"}, "n": {"N": "5"}, "bin": {"B": "aGk="}, "other": {"S": "7"}},
        {"pk": {"S": "b"}},
    ] == _csv("pk,n,bin,other", "a,5,aGk=,7", "b,,,")


def test_csv_header_of_the_request_replaces_the_first_line() -> None:
    """Then the first line is an item."""
    expected = [{"pk": {"S": "a"}, "v": {"S": "1"}}]

    assert expected == _csv("a;1", Delimiter=";", HeaderList=["pk", "v"])


def test_csv_quotation_marks_hold_delimiters_and_doubled_marks() -> None:
    """As the developer guide escapes them."""
    assert [
        {"pk": {"S": '"123"'}, "v": {"S": 'Women\'s Full "Length" Dress'}},
        {"pk": {"S": "a,b"}, "v": {"S": "c"}},
    ] == _csv("pk,v", '"""123""","Women\'s Full ""Length"" Dress"', '"a,b",c')


def test_csv_byte_order_mark_is_no_part_of_a_name() -> None:
    """As spreadsheets write it."""
    assert [{"pk": {"S": "a"}}] == _csv("\ufeffpk", "a")


def test_csv_line_of_another_length_is_left_out() -> None:
    """The lines around it are read."""
    assert [{"pk": {"S": "a"}}, "bad", {"pk": {"S": "b"}}] == _csv("pk", "a", "x,y", "b")


@pytest.mark.parametrize(
    "lines",
    [
        ["pk,v", '"123",Women\'s Full "Length" Dress'],
        ["pk,v", '"open,1'],
        ["pk,pk", "a,b"],
        ["pk,", "a,b"],
    ],
)
def test_csv_that_cannot_be_taken_apart_ends_the_file(lines: list[str]) -> None:
    """A mark that is not doubled, a header that names nothing or one thing twice."""
    with pytest.raises(UnreadableFileError):
        _csv(*lines)


@pytest.mark.parametrize("line", [b"garbage", b"{}", b"5", b'{"Item":5}', b'{"Item":{}', b"\xff"])
@pytest.mark.parametrize("format_", ["DYNAMODB_JSON", "ION"])
def test_line_without_an_item_ends_the_file(line: bytes, format_: str) -> None:
    """What came before it was read."""
    good = b'{"Item":{"pk":{"S":"a"}}}' if format_ == "DYNAMODB_JSON" else b'{Item:{pk:"a"}}'
    found = parser_of({"InputFormat": format_}, TABLE)([good, line, good])

    assert {"pk": {"S": "a"}} == next(found)
    with pytest.raises(UnreadableFileError):
        next(found)
