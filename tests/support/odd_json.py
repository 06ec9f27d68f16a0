"""Values and requests that nobody would send on purpose, from a seeded source of chance."""

import copy
import random
from typing import Any

import orjson

from globaltables.foundation.limits import ITEM_BYTES_MAX

Item = dict[str, Any]
_DIGITS = "123456789" * 5


def odd_text(chance: random.Random) -> str:
    """Return a short text of any characters, or none."""
    return "".join(
        chance.choice(("a", "b", "\x00", "ä", "\u2028", "😀", '"', "\\", " ", "{", "#", ":"))
        for _ in range(chance.randrange(6))
    )


def odd_number(chance: random.Random) -> str:
    """Return a number's text at the edges: 38 digits, the greatest exponents, other ways of writing, no number."""
    digits = chance.choice((1, 2, 37, 38, 39, 45))
    number = chance.choice(("", "-", "+")) + _DIGITS[:digits]
    if chance.random() < 0.4:
        point = chance.randrange(len(number) + 1)
        number = number[:point] + "." + number[point:]
    if chance.random() < 0.4:
        exponent = chance.choice((0, 1, 38, 87, 88, 124, 125, 126, -128, -129, -130, -131, 10**9))
        number += chance.choice(("e", "E")) + str(exponent)
    return chance.choice((number, number, number, "0", "-0", "", "NaN", "Infinity", "1_0", "٣"))


def odd_value(chance: random.Random, depth: int = 0) -> Any:
    """Return an attribute value, usually a right one."""
    kind = chance.choice(("S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M", "deep", "?"))
    if kind in ("L", "M") and depth > 3:
        kind = "S"
    count = range(chance.randrange(4))
    content: Any
    match kind:
        case "S":
            content = odd_text(chance)
        case "N":
            content = odd_number(chance)
        case "B":
            content = chance.choice(("", "YQ==", "YWI=", "YR==", "a", "AAAA" * 50))
        case "BOOL" | "NULL":
            content = chance.choice((True, True, False, "true", None))
        case "SS":
            content = [odd_text(chance) for _ in count]
        case "NS":
            content = [odd_number(chance) for _ in count]
        case "BS":
            content = [chance.choice(("", "YQ==", "YWI=")) for _ in count]
        case "L":
            content = [odd_value(chance, depth + 1) for _ in count]
        case "M":
            content = {odd_text(chance): odd_value(chance, depth + 1) for _ in count}
        case "deep":
            return deep_value(chance.choice((1, 30, 31, 32, 33, 34, 70)), chance)
        case _:
            return chance.choice(({}, {"S": "a", "N": "1"}, {"X": 1}, None, [], {"S": 5}))
    return {kind: content}


def deep_value(levels: int, chance: random.Random) -> Item:
    """Return a value of so many levels of lists and maps."""
    value: Item = {"S": "a"}
    for _ in range(levels):
        value = {"L": [value]} if chance.random() < 0.5 else {"M": {"a": value}}
    return value


def large_value(chance: random.Random, others: int) -> Item:
    """Return a text that makes an item with so many other bytes as large as it may be, give or take a few."""
    return {"S": "x" * (ITEM_BYTES_MAX - others + chance.randrange(-4, 5))}


def mutated_json(chance: random.Random, request: Any) -> Any:
    """Return a request with a few of its values replaced, doubled or taken out."""
    changed = copy.deepcopy(request)
    for _ in range(chance.choice((0, 1, 1, 2, 3))):
        _mutate(chance, changed)
    return changed


def _mutate(chance: random.Random, node: Any) -> None:
    while True:
        keys: list[Any] = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = chance.choice(keys)
        child = node[key]
        if isinstance(child, dict | list) and child and chance.random() < 0.75:
            node = child
            continue
        match chance.randrange(4):
            case 0:
                del node[key]
            case 1:
                node[key] = chance.choice(
                    (None, 0, -1, 2**31, 2**63, 2**64, 1.5, 1e308, "", "x" * 70_000, [], {}, True)
                )
            case 2:
                node[key] = odd_value(chance)
            case _ if isinstance(node, dict):
                node[odd_text(chance)] = copy.deepcopy(child)
            case _:
                node.append(copy.deepcopy(child))
        return


def odd_body(chance: random.Random, request: Any) -> bytes:
    """Return the JSON of a request, or something that only looks like it."""
    body = orjson.dumps(request)
    match chance.randrange(14):
        case 0:
            depth = chance.choice((10, 900, 1_000, 1_100, 100_000))
            return b'{"TableName":' + chance.choice((b"[", b'{"a":')) * depth
        case 1:
            depth = chance.choice((40, 500, 1_000))
            return b'{"Item":' + b'{"M":{"a":' * depth + b'{"S":"a"}' + b"}}" * depth + b"}"
        case 2:
            return body[:-1] + b',"TableName":"other","TableName":"fuzzed"}'
        case 3:
            return body.replace(b"a", chance.choice((b"\xff", b"\xc3", b"\xed\xa0\x80", b"\x00")))
        case 4:
            return body.replace(
                b'"a"', chance.choice((rb'"\ud800"', rb'"\udfff\ud800"', rb'"\u00"'))
            )
        case 5:
            number = chance.choice(
                (b"1e400", b"-1e999999999", b"9" * 400, b"0" * 50, b"1." + b"9" * 400)
            )
            return body[:-1] + b',"Limit":' + number + b"}"
        case 6:
            return (
                body[:-1] + b',"Limit":' + chance.choice((b"NaN", b"Infinity", b"-", b"01")) + b"}"
            )
        case 7:
            return chance.choice(
                (b"", b"null", b"[]", b'""', b"1", b"\xef\xbb\xbf{}", b"{}{}", b"{")
            )
        case 8:
            return mutated_bytes(chance, body)
    return body


def mutated_bytes(chance: random.Random, data: bytes) -> bytes:
    """Return bytes with a few of them changed, left out, doubled or put in."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0 if at < len(changed):
                changed[at] = chance.randrange(256)
            case 1:
                del changed[at : at + chance.randrange(1, 9)]
            case 2:
                changed[at:at] = changed[at : at + chance.randrange(1, 30)]
            case _:
                changed[at:at] = chance.choice((b"\r\n", b"\x00", b":", b" ", b"\xff", b'"', b"{"))
    return bytes(changed)
