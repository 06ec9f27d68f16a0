"""Filter patterns: terms, JSON, fields."""

from collections.abc import Mapping

import pytest

from globaltables.companions.logs.patterns.pattern import PatternError, parse_pattern

_JSON = '{"eventName": "PutItem", "latency": 120, "items": [{"id": 1}, {"id": 7}], "user": null}'
_ACCESS = '127.0.0.1 - frank [10/Oct/2000:13:25:15] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR here", True),
        ("ERROR", "an error here", False),
        ("ERROR timeout", "timeout, then ERROR", True),
        ("ERROR -debug", "ERROR in debug", False),
        ("?ERROR ?WARN", "a WARN", True),
        ("?ERROR ?WARN", "an INFO", False),
        ('"two words"', "the two words", True),
        ("%E[0-9]+%", "code E42", True),
        ('{ $.eventName = "PutItem" }', _JSON, True),
        ('{ $.eventName = "Put*" && $.latency > 100 }', _JSON, True),
        ('{ $.eventName = "Get*" || ($.latency >= 120 && $.user IS NULL) }', _JSON, True),
        ("{ $.items[*].id = 7 }", _JSON, True),
        ("{ $.items[0].id = 7 }", _JSON, False),
        ("{ $.latency != 120 }", _JSON, False),
        ("{ $.nothing NOT EXISTS }", _JSON, True),
        ("{ $.eventName = %^Put% }", _JSON, True),
        ("{ $.latency > 100 }", "no JSON", False),
        ("[ip, id, user, time, request, status = 4*, size]", _ACCESS, True),
        ("[ip, ..., status = 404 || status = 410, size > 2000]", _ACCESS, False),
        ('[..., request = "*html*", status, size]', _ACCESS, True),
        ("[ip, user]", _ACCESS, False),
        ('[timestamp, request_id, event_name="PutItem", ...]', "1 r1 PutItem orders", True),
        ('[timestamp, request_id, event_name="PutItem", ...]', "1 r1 GetItem orders", False),
    ],
)
def test_a_pattern_fits_messages(pattern: str, message: str, *, expected: bool) -> None:
    """As the user guide has them."""
    assert expected == (parse_pattern(pattern)(message) is not None)


@pytest.mark.parametrize(
    ("pattern", "message", "expected"),
    [
        (
            "{ $.latency > 1 && $.eventName EXISTS }",
            _JSON,
            {"$.latency": "120", "$.eventName": "PutItem"},
        ),
        ("[a, b, ...]", "1 2 3", {"$a": "1", "$b": "2", "$3": "3"}),
        ("ERROR", "ERROR", {}),
    ],
)
def test_a_pattern_names_values(pattern: str, message: str, expected: Mapping[str, str]) -> None:
    """Selectors and fields; terms name nothing."""
    assert expected == parse_pattern(pattern)(message)


@pytest.mark.parametrize(
    "pattern",
    [
        *("{ $.a = }", "{ a = 1 }", "{ $.a = 1", "{ $.a < text }", "{ ($.a = 1 }", "{ $.a IS 1 }"),
        *("[a, b", "[..., ...]", "[a = 1 && b = 2]", "[a ! 1]", "a|b", "%(%", '"open'),
    ],
)
def test_a_pattern_that_cannot_be_read_is_told(pattern: str) -> None:
    """It is not taken for something else."""
    with pytest.raises(PatternError):
        parse_pattern(pattern)
