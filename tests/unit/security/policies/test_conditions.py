"""Condition operators: each one, several values, absent keys, quantifiers."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from globaltables.security.policies.conditions import holds, operator_of
from globaltables.security.policies.documents import Condition
from tests.support.policies import Keys

Value = str | tuple[str, ...]


def met(
    operator: str, wanted: Value, value: Value | None, others: Mapping[str, str] | None = None
) -> bool:
    """Tell whether a condition on the key k holds for a value of it, None for none."""
    texts = (wanted,) if isinstance(wanted, str) else wanted
    keys: dict[str, Value] = dict(others or {})
    if value is not None:
        keys["aws:K"] = value
    return holds(Condition(operator, "aws:k", texts), Keys(keys), variables=True)


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a", "A", False),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ("a", "b"), "b", True),
        ("StringNotEquals", "a", "b", True),
        ("StringNotEquals", ("a", "b"), "b", False),
        ("StringEqualsIgnoreCase", "Queue", "qUEUE", True),
        ("StringNotEqualsIgnoreCase", "Queue", "qUEUE", False),
        ("StringLike", "a?c*", "abcdef", True),
        ("StringLike", "a?c", "ac", False),
        ("StringLike", "a.c", "abc", False),
        ("StringNotLike", "a*", "bc", True),
        ("NumericEquals", "10", "10.0", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9.5", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "9", False),
        ("NumericGreaterThanEquals", "10", "10", True),
        ("NumericEquals", "10", "ten", False),
        ("NumericNotEquals", "10", "ten", True),
        ("DateEquals", "2020-01-01T00:00:00Z", "1577836800", True),
        ("DateNotEquals", "2020-01-01T00:00:00Z", "2020-01-01T00:00:01Z", True),
        ("DateLessThan", "2020-07-01T00:00:00Z", "2020-06-30T23:59:59.999Z", True),
        ("DateLessThanEquals", "2020-07-01", "2020-07-01T00:00:00Z", True),
        ("DateGreaterThan", "2020-07-01T00:00:00Z", "2020-07-01T02:00:00+02:00", False),
        ("DateGreaterThanEquals", "2020-07-01T00:00:00Z", "2020-07-01T00:00:00Z", True),
        ("DateLessThan", "soon", "2020-07-01T00:00:00Z", False),
        ("Bool", "true", "TRUE", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", "QmluYXJ5VmFsdWVJbkJhc2U2NA==", True),
        ("BinaryEquals", "QQ==", "Qg==", False),
        ("BinaryEquals", "QQ==", "?", False),
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.0/24", "203.0.114.9", False),
        ("IpAddress", "203.0.113.9", "203.0.113.9", True),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678::1", True),
        ("IpAddress", "203.0.113.0/24", "2001:db8::1", False),
        ("NotIpAddress", ("192.0.2.0/24", "203.0.113.0/24"), "198.51.100.1", True),
        ("NotIpAddress", ("192.0.2.0/24", "203.0.113.0/24"), "192.0.2.1", False),
        ("ArnEquals", "arn:aws:sns:us-east-2:123456789012:T*", "arn:aws:sns:us-east-2:123456789012:Topic", True),
        ("ArnLike", "arn:aws:sns:*:t", "arn:aws:sns:us-east-2:123456789012:t", False),
        ("ArnNotEquals", "arn:aws:iam::123456789012:user/A", "arn:aws:iam::123456789012:user/B", True),
        ("ArnNotLike", "arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:user/B", False),
        ("stringequals", "a", "a", True),
        ("Null", "true", None, True),
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
        ("Null", "false", None, False),
    ],
)  # fmt: skip
def test_operator_compares_a_single_value(
    operator: str, wanted: Value, value: str | None, *, expected: bool
) -> None:
    """Every operator compares as AWS documents it."""
    assert met(operator, wanted, value) is expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("ArnNotLike", True),
        ("NumericLessThan", False),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
    ],
)
def test_operator_without_the_key_follows_its_kind(operator: str, *, expected: bool) -> None:
    """A key that the request does not have fails, unless the operator is negated or says what then."""
    assert met(operator, "1", None) is expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("ForAllValues:StringEquals", ("ID", "Message"), True),
        ("ForAllValues:StringEquals", ("ID", "UserName"), False),
        ("ForAnyValue:StringEquals", ("UserName", "ID"), True),
        ("ForAnyValue:StringEquals", ("UserName",), False),
        ("ForAllValues:StringNotEquals", ("UserName", "Other"), True),
        ("ForAllValues:StringNotEquals", ("UserName", "ID"), False),
        ("ForAnyValue:StringNotEquals", ("UserName", "ID"), True),
        ("ForAnyValue:StringNotEquals", ("ID", "Tags"), False),
        ("ForAllValues:StringLike", ("Tags", "ID"), True),
        ("StringEquals", ("UserName", "ID"), True),
        ("StringNotEquals", ("UserName", "ID"), False),
    ],
)
def test_operator_over_several_values_follows_its_quantifier(
    operator: str, values: tuple[str, ...], *, expected: bool
) -> None:
    """ForAllValues wants every value of the request among the policy's, ForAnyValue one of them."""
    assert met(operator, ("ID", "Message", "Tags"), values) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "${aws:username}", "alice", True),
        ("StringEquals", "${AWS:UserName}", "bob", False),
        ("StringLike", "home/${aws:username}/*", "home/alice/x", True),
        ("StringEquals", "${aws:PrincipalTag/team, 'none'}", "none", True),
        ("StringEquals", "${aws:PrincipalTag/team}", "", False),
        ("StringNotEquals", "${aws:PrincipalTag/team}", "red", True),
        ("StringLike", "a${*}b", "a*b", True),
        ("StringLike", "a${*}b", "axb", False),
        ("StringEquals", "${$}{x}", "${x}", True),
        ("StringLike", "${aws:star}", "anything", False),
        ("ArnLike", "arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/alice", True),
    ],
)
def test_operator_with_variables_replaces_them(
    operator: str, wanted: str, value: str, *, expected: bool
) -> None:
    """Variables bring in plain text; one without a value matches nothing."""
    others = {"aws:username": "alice", "aws:star": "*"}
    assert met(operator, wanted, value, others) is expected


@pytest.mark.parametrize("name", ["StringSame", "NullIfExists", "ForSomeValues:StringEquals", ""])
def test_operator_of_an_unknown_name_is_none(name: str) -> None:
    """What is no operator is not taken for one."""
    assert operator_of(name) is None


@given(st.text(), st.lists(st.text(), min_size=1, max_size=4))
def test_operator_and_its_negation_never_agree(value: str, wanted: list[str]) -> None:
    """For a single value, a negated operator holds exactly when its positive one does not."""
    for positive in ("StringEquals", "StringLike", "NumericEquals", "DateEquals", "IpAddress"):
        kind = positive.replace("String", "StringNot").replace("Numeric", "NumericNot")
        kind = kind.replace("Date", "DateNot").replace("IpAddress", "NotIpAddress")
        assert met(positive, tuple(wanted), value) is not met(kind, tuple(wanted), value)


@given(st.text())
def test_operator_like_with_a_star_takes_every_text(value: str) -> None:
    """A star is any text, line ends included."""
    assert met("StringLike", "*", value) is True
