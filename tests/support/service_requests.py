"""Requests for any service, made from botocore's model: nearly right ones, about what is there and what is not."""

import random
import re
from collections import defaultdict, deque
from typing import Any

from tests.support.odd_json import odd_text

#: botocore's; its types do not tell structures, lists and maps apart.
Shape = Any

_KEPT_OF_A_NAME = 12
_DEPTH_MAX = 7
_OPTIONAL = 0.25
_ODD = 0.03
_KNOWN = 0.6
_TRIES_MAX = 300
_POLICY = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
_TRUST = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
    '"Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}'
)
_DEEP = 3_000
_DOCUMENTS = (
    _POLICY,
    _TRUST,
    "{}",
    "[]",
    "null",
    "{",
    '"text"',
    '{"Version":"2012-10-17","Statement":[]}',
    '{"Statement":[{"Effect":"Allow","Action":["s3:*",1],"Resource":{"a":"b"}}]}',
    '{"Statement":{"Effect":"Deny","NotPrincipal":{"AWS":[]},"Condition":{"Bool":{"a":[true,null]}}}}',
    '{"Statement":{"Effect":"Deny","Principal":1,"Condition":{"IpAddress":{"aws:SourceIp":"x"}}}}',
    '{"Resources":{"A":{"Type":"AWS::SNS::Topic","Properties":{"TopicName":{"Ref":"B"}}}}}',
    '{"Resources":{"A":{"Type":"AWS::SQS::Queue"}},"Outputs":{"O":{"Value":{"Fn::GetAtt":["A","Arn"]}}}}',
    '{"Resources":{"A":{"Type":1}},"Parameters":[],"Mappings":{"M":1},"Conditions":{"C":{"Fn::If":[]}}}',
    '{"Resources":{"A":{"Type":"AWS::S3::Bucket","Properties":[]}},"Parameters":{"P":{"Type":"String"}}}',
    "Resources: {A: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Sub '${AWS::Region} ${X}'}}}",
    "a: &a [*a]\nb: !!python/object:os.system {}",
    '{"source":["a",{"prefix":"b"},{"anything-but":["c"]},{"numeric":[">",1,"<",2]},{"wildcard":"*a*"}]}',
    '{"a":[{"exists":true},{"cidr":"10.0.0.0/33"},{"numeric":[">"]},{"wildcard":"**"}],"$or":[{}]}',
    "{$.a = 1 && $.b = *}",
    '[a, b=1*, ..., c="x"]',
    "fields @timestamp, @message | filter @message like /a(/ | stats count(*) by bin(5m) | sort x desc",
    'SELECT AVG(x) FROM SCHEMA("AWS/DynamoDB", TableName)',
    "[" * _DEEP + "]" * _DEEP,
    '{"a":' * _DEEP + "1" + "}" * _DEEP,
)
_TEXTS = (
    "walked",
    "12345678-1234-1234-1234-123456789012",
    "AKIDEXAMPLE123456789",
    "abcdefghijklmnopqrstuvwxyz0123456789",
    "fuzzed-1",
    "fuzzed-2",
    "/fuzzed/1",
    "1",
    "3",
    "true",
    "60",
    "a@example.com",
    "http://127.0.0.1:9/closed",
    "https://127.0.0.1:9/closed",
    "2026-01-01T00:00:00Z",
    "rate(1 hour)",
    "rate(0 minutes)",
    "cron(0 12 * * ? *)",
    "cron(0 0 30 2 ? 2199)",
    "cron(99 99 L W # ?)",
    "at(2031-01-01T00:00:00)",
    "at(99999-01-01T00:00:00)",
    "python3.11",
    "index.handler",
    "us-east-1",
    "eu-west-1",
    "mars-north-1",
    "123456789012",
    "$LATEST",
    "v1",
    "All",
    "Policy",
    "string-equals",
    "m1 + ANOMALY_DETECTION_BAND(m2, 2) / SUM(METRICS())",
    "ALARM(a) AND NOT (OK(b) OR TRUE)",
    "bytes=0-1,3-4",
    "bytes=9-1",
    "Thu, 32 Jan 2026 99:00:00 GMT",
    '"etag"',
    "aes256",
    "arn:",
    "arn:aws:::::",
    "*",
    "../..",
    "%",
    "%ff",
    "a/b//c",
    "9" * 30,
    "-1",
    "1e999",
    "NaN",
    "P9999999D",
    "PT5M",
    "eyJhIjoxfQ==",
    "YQ==",
)
_ARNS = (
    "arn:aws:sns:us-east-1:123456789012:fuzzed-1",
    "arn:aws:sqs:us-east-1:123456789012:fuzzed-1",
    "arn:aws:lambda:us-east-1:123456789012:function:fuzzed-1",
    "arn:aws:lambda:us-east-1:123456789012:function:fuzzed-1:$LATEST",
    "arn:aws:lambda:eu-west-1:123456789012:function:x:y:z",
    "arn:aws:iam::123456789012:role/fuzzed-1",
    "arn:aws:iam::123456789012:user/fuzzed-1",
    "arn:aws:iam::aws:policy/AdministratorAccess",
    "arn:aws:iam::999999999999:role/other",
    "arn:aws:kms:us-east-1:123456789012:alias/fuzzed-1",
    "arn:aws:kms:mars-north-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:dynamodb:us-east-1:123456789012:table/fuzzed-1",
    "arn:aws:dynamodb:us-east-1:123456789012:table/fuzzed-1/stream/2026-01-01T00:00:00.000",
    "arn:aws:events:us-east-1:123456789012:event-bus/default",
    "arn:aws:events:us-east-1:123456789012:rule/fuzzed-1",
    "arn:aws:scheduler:us-east-1:123456789012:schedule/default/fuzzed-1",
    "arn:aws:logs:us-east-1:123456789012:log-group:/fuzzed/1:*",
    "arn:aws:cloudwatch:us-east-1:123456789012:alarm:fuzzed-1",
    "arn:aws:cloudformation:us-east-1:123456789012:stack/fuzzed-1/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:s3:::fuzzed-1",
    "arn:aws:logs:us-east-1:123456789012:log-group:/fuzzed/1",
    "arn:aws:scheduler:us-east-1:123456789012:schedule-group/fuzzed-1",
    "arn:aws:lambda:us-east-1:123456789012:code-signing-config:csc-0123456789abcdef0",
    "arn:aws:s3:::fuzzed-1/key",
    "arn:aws-cn:s3:::fuzzed-1",
)
_NUMBERS = (0, 1, 2, 5, 60, 1_000, -1, 2**31 - 1, 2**31, 2**53, 2**63 - 1, 2**64, -(2**63) - 1)
_MOMENTS = (0.0, 1.5, 1_798_000_000.0, 4e9, -1.0, 2.6e11, 1e15, -1e15, 1e300)
#: What would make a test wait; both are asked for elsewhere.
_SHORTENED = {"WaitTimeSeconds": 0, "LongPoll": 0}


class Known:
    """What the services said and took: values by the name of the member that had them."""

    def __init__(self) -> None:
        self._values: dict[str, deque[Any]] = defaultdict(lambda: deque(maxlen=_KEPT_OF_A_NAME))

    def learn(self, content: Any, name: str = "") -> None:
        """Take every text of an answer or of a request that was carried out."""
        if isinstance(content, dict):
            for key, inner in content.items():
                if key != "ResponseMetadata":
                    self.learn(inner, str(key))
        elif isinstance(content, list):
            for inner in content[:3]:
                self.learn(inner, name)
        elif isinstance(content, str) and 0 < len(content) < 2_000:
            kept = self._values[name.lower()]
            if content not in kept:
                kept.append(content)

    def find(self, chance: random.Random, name: str) -> str | None:
        """Return a text that something of that name has, or of one that ends as it does."""
        lower = name.lower()
        found = [known for known in self._values if known == lower]
        if not found or chance.random() < 0.2:
            found = [known for known in self._values if known and lower.endswith(known[-4:])]
        return chance.choice(self._values[chance.choice(found)]) if found else None


class Requests:
    """Makes the requests of one service.

    Args:
        chance: decides.
        known: what there is.
        careful: whether only what is required is in them, and nothing odd.
    """

    def __init__(self, chance: random.Random, known: Known, *, careful: bool = False) -> None:
        self._careful = careful
        self._chance = chance
        self._known = known

    def request(self, shape: Shape) -> dict[str, Any]:
        """Return the members of a request, most of them right."""
        if shape is None:
            return {}
        made: dict[str, Any] = self._value(shape, "", 0)
        return made

    def _value(self, shape: Shape, name: str, depth: int) -> Any:
        chance = self._chance
        match shape.type_name:
            case "structure":
                return self._structure(shape, depth)
            case "list":
                least = shape.metadata.get("min", 0)
                count = chance.choice((least, 1, 1, 2, 12)) if depth < _DEPTH_MAX else least
                singular = name.removesuffix("s")
                return [self._value(shape.member, singular, depth + 1) for _ in range(count)]
            case "map":
                count = chance.choice((0, 1, 1, 2)) if depth < _DEPTH_MAX else 0
                return {
                    str(self._value(shape.key, "key", depth + 1)): self._value(
                        shape.value, "value", depth + 1
                    )
                    for _ in range(count)
                }
            case "boolean":
                return chance.random() < 0.5
            case "blob":
                return chance.choice((b"", b"a", b"PK\x03\x04", b"{}", bytes(300), b"\xff" * 5_000))
            case "timestamp":
                return chance.choice(_MOMENTS)
            case "integer" | "long":
                return int(self._number(shape, name))
            case "double" | "float":
                return self._number(shape, name) * chance.choice((1, 1, 0.5, 1e300))
            case _:
                return self._fitting(shape, name) if self._careful else self._text(shape, name)

    def _fitting(self, shape: Shape, name: str) -> str:
        """Return a text that the model allows, if there is one among many."""
        least, most = shape.metadata.get("min", 0), shape.metadata.get("max", 10**6)
        pattern = shape.metadata.get("pattern", "").replace(r"\p{L}\p{Z}\p{N}", r"\w ")
        for _ in range(_TRIES_MAX):
            text = self._text(shape, name)
            fits = not shape.enum or text in shape.enum
            if not (fits and least <= len(text) <= most):
                continue
            try:
                if not pattern or re.fullmatch(pattern, text):
                    return text
            except re.error:  # only other languages have it
                return text
        return str(self._text(shape, name))

    def _structure(self, shape: Shape, depth: int) -> dict[str, Any]:
        chance = self._chance
        members = list(shape.members.items())
        if self._careful:
            return {
                name: self._value(member, name, depth + 1)
                for name, member in members
                if name in shape.required_members
            }
        likely = _OPTIONAL if depth < 2 else _OPTIONAL / 2
        if getattr(shape, "is_tagged_union", False) and members:
            name, member = chance.choice(members)
            return {name: self._value(member, name, depth + 1)}
        if chance.random() < 0.3:
            likely = 0.0
        return {
            name: self._value(member, name, depth + 1)
            for name, member in members
            if (name in shape.required_members and chance.random() > _ODD / 3)
            or (depth < _DEPTH_MAX and chance.random() < likely)
        }

    def _number(self, shape: Shape, name: str) -> float:
        if name in _SHORTENED:
            return _SHORTENED[name]
        chance = self._chance
        least = shape.metadata.get("min", 0)
        most = shape.metadata.get("max", least + 100)
        if chance.random() < 2 * _ODD:
            return chance.choice((*_NUMBERS, least - 1, most + 1))
        return chance.choice(
            (least, most, min(most, least + 1), chance.randint(int(least), int(most)))
        )

    def _text(self, shape: Shape, name: str) -> str:
        chance = self._chance
        lower = name.lower()
        if chance.random() < _ODD:
            return chance.choice((odd_text(chance), "", "x" * 3_000, "\u0130" * 40, "a" * 256))
        if shape.enum and chance.random() > _ODD:
            return str(chance.choice(shape.enum))
        if chance.random() < _KNOWN and (found := self._known.find(chance, name)) is not None:
            return found
        if "arn" in lower and chance.random() < 0.7:
            return chance.choice(_ARNS)
        if any(
            word in lower for word in ("document", "policy", "body", "pattern", "query", "json")
        ):
            return chance.choice((_POLICY, _TRUST, chance.choice(_DOCUMENTS)))
        if ("name" in lower or lower in ("bucket", "key", "id")) and chance.random() < 0.7:
            return chance.choice(("fuzzed-1", "fuzzed-2"))
        if chance.random() < 0.1:
            return chance.choice(_DOCUMENTS)
        return chance.choice((*_TEXTS, *_ARNS))
