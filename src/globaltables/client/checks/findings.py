"""What a check found, and how checks ask."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: "none" is a check that could not be made: the service is not there, or the caller may not ask it.
Outcome = Literal["pass", "fail", "none"]

_NOT_ASKED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthorizationError",
        "InvalidAction",
        "NotImplemented",
        "UnknownOperationException",
        "UnrecognizedClientException",
    }
)


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check in one region.

    Attributes:
        check: its name.
        region: where; empty for what has no region.
        outcome: see `Outcome`.
        detail: what was seen.
    """

    check: str
    region: str
    outcome: Outcome
    detail: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """What is checked, and the way to ask about it.

    Attributes:
        table: name of the global table.
        regions: of its replicas, the one that was asked first at the beginning.
        tags: that the table has to have in every region.
        client: returns botocore's client of a service in a region.
        tables: what DescribeTable says, by region.
    """

    table: str
    regions: tuple[str, ...]
    tags: Mapping[str, str]
    client: Callable[[str, str], Any]
    tables: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def home(self) -> str:
        """The region that was asked first."""
        return self.regions[0]

    def described(self, region: str) -> dict[str, Any]:
        """Return what DescribeTable says in a region."""
        if region not in self.tables:
            answer = self.client("dynamodb", region).describe_table(TableName=self.table)
            self.tables[region] = answer["Table"]
        return self.tables[region]

    def pages(
        self, service: str, region: str, operation: str, member: str, **request: Any
    ) -> list[Any]:
        """Return the elements of a list operation, of all its pages."""
        client = self.client(service, region)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**request).get(member, []))
        found: list[Any] = []
        for page in client.get_paginator(operation).paginate(**request):
            found += page.get(member, [])
        return found


#: A check of one region: whether it is as it should be, and what was seen.
RegionCheck = Callable[[Deployment, str], tuple[bool, str]]


def run_check(
    name: str, check: RegionCheck, deployment: Deployment, regions: Iterable[str]
) -> Iterator[Finding]:
    """Make a check in some regions; one that cannot be made is told apart from one that fails."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - see Connection

    for region in regions:
        try:
            passed, detail = check(deployment, region)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            outcome: Outcome = "none" if code in _NOT_ASKED else "fail"
            yield Finding(name, region, outcome, f"{code}: {error.response['Error']['Message']}")
        except BotoCoreError as error:
            yield Finding(name, region, "none", str(error))
        else:
            yield Finding(name, region, "pass" if passed else "fail", detail)
