"""Expressions of every kind, right ones changed and tokens in any order, from a seed."""

import random
import re
from typing import Any

VALUES: dict[str, Any] = {
    ":s": {"S": "a"},
    ":n": {"N": "1"},
    ":big": {"N": "9.9999999999999999999999999999999999999E+125"},
    ":b": {"B": "YQ=="},
    ":t": {"BOOL": True},
    ":null": {"NULL": True},
    ":ss": {"SS": ["a", "b"]},
    ":ns": {"NS": ["1", "2"]},
    ":l": {"L": [{"S": "a"}, {"L": []}]},
    ":m": {"M": {"a": {"N": "1"}}},
    ":e": {"S": ""},
    ":type": {"S": "S"},
}
NAMES: dict[str, str] = {"#a": "a", "#pk": "pk", "#odd": "a.b c[0]", "#size": "size"}
_PLACEHOLDER = re.compile(r"[#:]\w+")
_CONDITIONS = (
    "attribute_exists(a) AND NOT b = :s",
    "size(l) > :n OR m.a BETWEEN :n AND :big",
    "#a IN (:s, :n, :b) AND begins_with(s, :s)",
    "contains(ss, :s) AND attribute_type(a, :type)",
    "(a <> :s AND (b < :n OR l[0] >= :s))",
    "m.#odd.x[3] = l[1][2]",
    "size(:l) = :n AND attribute_not_exists(#odd)",
)
_UPDATES = (
    "SET a = :s, m.b = if_not_exists(m.a, :n) + :n",
    "SET l = list_append(l, :l), n = n - :n REMOVE ss, m.x",
    "REMOVE l[0], l[1] ADD n :n, ss :ss",
    "DELETE ss :ss SET #odd = #a",
    "SET l[7] = :m, m.deep = :l ADD ns :ns",
    "ADD n :big SET a = b",
)
_KEYS = (
    "pk = :s",
    "pk = :s AND sk BETWEEN :n AND :big",
    "#pk = :s and sk >= :n",
    "begins_with(sk, :s) AND (pk = :s)",
)
_PROJECTIONS = ("a, m.b, l[0], l[1][2], #odd", "#a,m,m2[3].x.y[0]")
_STATEMENTS = (
    "SELECT * FROM fuzzed WHERE pk = 'a' AND sk > 1",
    "SELECT a, m.b[0] FROM \"fuzzed\" WHERE pk IN ['a', 'b'] ORDER BY sk DESC",
    "SELECT * FROM fuzzed WHERE contains(a, 'x') OR NOT attribute_type(a, 'S')",
    "INSERT INTO fuzzed VALUE {'pk': 'a', 'sk': 1, 'l': [1, {'a': <<'x', 'y'>>}]}",
    "UPDATE fuzzed SET a = 'b' SET l = list_append(l, [1]) REMOVE m.x WHERE pk = 'a' AND sk = 1",
    "UPDATE fuzzed SET n = n + 1, s = set_add(s, <<1>>) WHERE pk = 'a' AND sk = 1 RETURNING ALL NEW *",
    "DELETE FROM fuzzed WHERE pk = 'a' AND sk = 1 RETURNING ALL OLD *",
    "EXISTS(SELECT * FROM fuzzed WHERE pk = 'a' AND sk = 1 AND a IS NOT MISSING)",
)
RIGHT: dict[str, tuple[str, ...]] = {
    "condition": _CONDITIONS,
    "update": _UPDATES,
    "key": _KEYS,
    "projection": _PROJECTIONS,
    "statement": _STATEMENTS,
}
_WORDS = (
    "a b pk sk l m n ss #a #pk #odd #none :s :n :big :b :t :null :ss :ns :l :m :e :type :none "
    "( ) [ ] . , = <> < <= > >= + - * / 0 1 17 99999999999 AND OR NOT BETWEEN IN SET REMOVE ADD DELETE "
    "and Or size( contains( begins_with( attribute_exists( attribute_not_exists( attribute_type( "
    "if_not_exists( list_append( nofunction( # : ! _ ä \x00 ' \" ; -- { } << >> SELECT FROM fuzzed WHERE "
    "VALUE INSERT INTO UPDATE RETURNING EXISTS IS MISSING NULL ? 'a' 1e5 ORDER BY"
)
_TOKENS = tuple(_WORDS.split(" "))
#: What can be opened again and again.
_OPENINGS = (
    "(",
    "NOT ",
    "((",
    "size(",
    "if_not_exists(a,",
    "a.",
    "a[0]",
    "[",
    "{'a':",
    "<<",
    "a = ",
)


def odd_expression(chance: random.Random, kind: str) -> str:
    """Return an expression of a kind, seldom a right one."""
    match chance.randrange(20):
        case 0:
            return " ".join(chance.choice(_TOKENS) for _ in range(chance.choice((0, 1, 3, 8, 30))))
        case 1:
            return "".join(chance.choice(_TOKENS) for _ in range(chance.randrange(12)))
        case 2:
            opening = chance.choice(_OPENINGS)
            closing = chance.choice(("", ")", "]", "a)", " = :s"))
            depth = chance.choice((2, 50, 149, 151, 400, 1_300, 5_000))
            return chance.choice(("", "SET a = ", "a = ")) + opening * depth + "a" + closing * depth
        case 3:
            return chance.choice(RIGHT[chance.choice(list(RIGHT))])
    words = chance.choice(RIGHT[kind]).split(" ")
    for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 4))):
        at = chance.randrange(len(words) + 1)
        match chance.randrange(4):
            case 0:
                words[at:at] = [chance.choice(_TOKENS)]
            case 1:
                del words[at : at + 1]
            case 2:
                words[at : at + 1] = [chance.choice(_TOKENS)]
            case _:
                words[at:at] = words[max(0, at - 4) : at]
    return chance.choice((" ", " ", "  ", "\n")).join(words)


def used(expression: str, chance: random.Random) -> dict[str, Any]:
    """Return names and values for an expression: those that it seems to use, sometimes too many or too few."""
    found = set(_PLACEHOLDER.findall(expression))
    names = {name: path for name, path in NAMES.items() if name in found}
    values = {name: value for name, value in VALUES.items() if name in found}
    if chance.random() < 0.1:
        names.pop(chance.choice([*names, "#none"]), None)
        values.pop(chance.choice([*values, ":none"]), None)
    if chance.random() < 0.05:
        values[chance.choice((":more", "more", "", ":"))] = {"S": "a"}
    members: dict[str, Any] = {}
    if names:
        members["ExpressionAttributeNames"] = names
    if values:
        members["ExpressionAttributeValues"] = values
    return members
