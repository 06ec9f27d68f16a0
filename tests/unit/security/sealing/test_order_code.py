"""Tests of the code that keeps order."""

from hypothesis import given
from hypothesis import strategies as st

from globaltables.security.sealing.order_code import OrderCode

_CODE = OrderCode(b"k" * 32)
_PADS = b"p" * 16
_CONTENTS = st.one_of(
    st.binary(max_size=40), st.text(alphabet="ab\0\xff", max_size=40).map(str.encode)
)


@given(st.binary(max_size=20), _CONTENTS, _CONTENTS)
def test_codes_are_in_the_order_of_what_they_encode(context: bytes, one: bytes, two: bytes) -> None:
    """Equal bytes have equal codes, smaller ones smaller codes."""
    first, second = _CODE.encode(context, _PADS, one), _CODE.encode(context, _PADS, two)
    assert (one < two, one == two) == (first < second, first == second)


@given(st.binary(max_size=20), _CONTENTS, _CONTENTS)
def test_a_beginning_has_the_beginning_of_the_code(
    context: bytes, beginning: bytes, rest: bytes
) -> None:
    """What begins with some bytes has a code that begins with theirs."""
    whole = _CODE.encode(context, _PADS, beginning + rest)
    assert whole.startswith(_CODE.encode(context, _PADS, beginning))


def test_codes_depend_on_the_key_the_context_and_what_was_before() -> None:
    """The same byte is encoded differently elsewhere."""
    word = b"aaaaaaaaaaaaaaaaaaaa"
    code = _CODE.encode(b"one", _PADS, word)
    assert code[:32] != _CODE.encode(b"one", b"q" * 16, word)[:32]
    assert code[32:] != _CODE.encode(b"two", _PADS, word)[32:]
    assert code != OrderCode(b"l" * 32).encode(b"one", _PADS, word)
    assert len({code[at : at + 2] for at in range(0, len(code), 2)}) > 5


def test_the_greatest_bytes_have_a_code_behind_them() -> None:
    """The end of the range of what begins with FF bytes can be told."""
    code = _CODE.encode(b"", _PADS, b"\xff" * 50)
    assert all(code[at : at + 2] < b"\xff\xff" for at in range(0, len(code), 2))
