"""Items as Ion text, and back."""

import base64
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.foundation.errors import ApiError
from globaltables.items.values import Item
from globaltables.transfers.input_formats import parser_of
from globaltables.transfers.ion_text import IonError, ion_decimal, ion_values
from globaltables.transfers.item_lines import ion_change, ion_item
from tests.support.regions import make_table

#: The developer guide's example of an item, on one line.
GUIDE = (
    '$ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],Dimensions:"8.5 x 11.0 x 1.5",'
    'ISBN:"333-3333333333",Id:103.,InPublication:false,PageCount:6d2,Price:2d3,'
    'ProductCategory:"Book",Title:"Book 103 Title"}}\n'
)
GUIDE_ITEM: Item = {
    "Authors": {"SS": ["Author1", "Author2"]},
    "Dimensions": {"S": "8.5 x 11.0 x 1.5"},
    "ISBN": {"S": "333-3333333333"},
    "Id": {"N": "103"},
    "InPublication": {"BOOL": False},
    "PageCount": {"N": "600"},
    "Price": {"N": "2000"},
    "ProductCategory": {"S": "Book"},
    "Title": {"S": "Book 103 Title"},
}
_TEXT = st.text(max_size=20)
_NUMBERS = st.sampled_from(
    ["0", "7", "-600", "1.5", "-0.001", "12345678901234567890", "1" + "0" * 125]
)
_BINARY = st.binary(max_size=8).map(lambda raw: base64.b64encode(raw).decode())
_SCALARS = st.one_of(
    _TEXT.map(lambda text: {"S": text}),
    _NUMBERS.map(lambda number: {"N": number}),
    _BINARY.map(lambda text: {"B": text}),
    st.booleans().map(lambda truth: {"BOOL": truth}),
    st.just({"NULL": True}),
    st.lists(_TEXT, min_size=1, unique=True).map(lambda texts: {"SS": texts}),
    st.lists(_NUMBERS, min_size=1, unique=True).map(lambda numbers: {"NS": numbers}),
    st.lists(_BINARY, min_size=1, unique=True).map(lambda texts: {"BS": texts}),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda values: {"L": values})
        | st.dictionaries(_TEXT, inner, max_size=3).map(lambda fields: {"M": fields})
    ),
    max_leaves=8,
)


def _items(text: str) -> list[Any]:
    parse = parser_of({"InputFormat": "ION"}, make_table())
    return list(parse([text.encode()]))


def test_ion_item_is_written_as_the_developer_guide_does() -> None:
    """Byte for byte."""
    assert GUIDE.encode() == ion_item(orjson.dumps(GUIDE_ITEM))


def test_ion_item_of_the_developer_guide_is_read() -> None:
    """The other way."""
    assert [GUIDE_ITEM] == _items(GUIDE)


@given(st.dictionaries(_TEXT, _VALUES, max_size=5))
def test_ion_item_is_read_as_it_was_written(item: Item) -> None:
    """Every type, every text, every name."""
    assert [item] == _items(ion_item(orjson.dumps(item)).decode())


@pytest.mark.parametrize(
    ("number", "decimal"),
    [
        ("0", "0."),
        ("103", "103."),
        ("600", "6d2"),
        ("-2000", "-2d3"),
        ("1.5", "1.5"),
        ("100.5", "100.5"),
    ],
)
def test_ion_decimal_is_as_short_as_on_aws(number: str, decimal: str) -> None:
    """Zeros at the end are an exponent."""
    assert decimal == ion_decimal(number)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0x1F", {"N": "31"}),
        ("1_000.50", {"N": "1000.5"}),
        ("5e-1", {"N": "0.5"}),
        ("-0.", {"N": "0"}),
        ("'''long''' '''er'''", {"S": "longer"}),
        ("'quoted'", {"S": "quoted"}),
        ("plain", {"S": "plain"}),
        ("null.string", {"NULL": True}),
        ("{{ aGVs\nbG8= }}", {"B": "aGVsbG8="}),
        ("other::5", {"N": "5"}),
        (r'"\u2603\U0001F600\uD83D\uDE00\x41\n\"\/"', {"S": '☃😀😀A\n"/'}),
        ("[1, /* two */ 2, // three\n]", {"L": [{"N": "1"}, {"N": "2"}]}),
        ("{'a b': 1, \"c\": {}}", {"M": {"a b": {"N": "1"}, "c": {"M": {}}}}),
    ],
)
def test_ion_of_other_writers_is_read(text: str, value: dict[str, Any]) -> None:
    """The whole text format, as far as it stands for something in DynamoDB."""
    assert [value] == list(ion_values(text))


@pytest.mark.parametrize(
    "text",
    [
        "{", "[1", "{a}", "{a:}", "{a:1,a:2}", "{1:2}", '"open', "2026-01-01T", "@", "a.b.c", "[1 2]",
        '$dynamodb_NS::["1"]', '"\\q"', '"\\ud83d"', "[" * 70,
    ],
)  # fmt: skip
def test_ion_that_stands_for_nothing_is_refused(text: str) -> None:
    """Nothing is guessed."""
    with pytest.raises((IonError, ApiError)):
        list(ion_values(text))


def test_ion_change_has_keys_time_and_images() -> None:
    """One struct, named Record."""
    old, new = b'{"pk":{"S":"a"},"n":{"N":"10"}}', b'{"pk":{"S":"a"}}'

    assert (
        b'$ion_1_0 {Record:{Keys:{pk:"a"},Metadata:{WriteTimestampMicros:1684374845117899.},'
        b'OldImage:{pk:"a",n:1d1},NewImage:{pk:"a"}}}\n'
    ) == ion_change(1684374845117899, {"pk": {"S": "a"}}, old, new)
