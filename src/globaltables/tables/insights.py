"""Contributor Insights of a table and its global indexes: their rules, what a change does, their description."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from operator import attrgetter
from typing import Any, Literal, NamedTuple

from globaltables.foundation.errors import ApiError, resource_not_found, validation
from globaltables.foundation.limits import (
    INSIGHTS_DISABLING_MS,
    INSIGHTS_ENABLING_MS,
    INSIGHTS_RULE_NAME_CHARACTERS_MAX,
    INSIGHTS_RULES_MAX,
)
from globaltables.tables.catalog import Catalog
from globaltables.tables.definitions import InsightsMode, InsightsSetting, KeySchema, Table

#: What a rule ranks: P or S (partition keys, or pairs of partition and sort key), C or T (consumed, or throttled).
RuleKind = Literal["PKC", "SKC", "PKT", "SKT"]
Status = Literal["ENABLING", "ENABLED", "DISABLING", "DISABLED", "FAILED"]

_DEFAULT_MODE: InsightsMode = "ACCESSED_AND_THROTTLED_KEYS"
_name = attrgetter("name")
_PREFIX = "DynamoDBContributorInsights"
#: Measured on AWS (ack-api-quirks, DDB-TABLE-337).
_NO_RULES_LEFT = (
    "Amazon CloudWatch Contributor Insights rule limit reached. Please disable Contributor Insights for other "
    "tables/indexes OR disable other CloudWatch Contributor Insights rules before retrying."
)


class Subject(NamedTuple):
    """What has a setting: a table (number 0, no name), or one of its global indexes."""

    number: int
    name: str | None
    schema: KeySchema


def subject_of(table: Table, index_name: str | None) -> Subject:
    """Return the table itself, or its global index of a name.

    Raises:
        ApiError: it has no global index of that name.
    """
    if index_name is None:
        return Subject(0, None, table.schema)
    index = table.index(index_name)
    if index is None or index.kind == "LOCAL":
        msg = f"Requested resource not found: Index: {index_name} not found for table: {table.name}"
        raise resource_not_found(msg)
    return Subject(index.number, index.name, index.schema)


def enabled_in(table: Table) -> Iterator[tuple[Subject, InsightsSetting]]:
    """Yield what is counted in a table; a setting whose index is gone is passed over, as is one that failed."""
    for setting in table.insights:
        subject = next((one for one in _subjects(table) if one.number == setting.index), None)
        if subject is not None and setting.failure is None:
            yield subject, setting


def rule_kinds(schema: KeySchema, mode: InsightsMode) -> tuple[RuleKind, ...]:
    """Return the rules that Contributor Insights of a mode have.

    Source: developer guide, contributorinsights_HowItWorks, "rules"; their order: AWS CLI examples.
    """
    if mode == "THROTTLED_KEYS":
        return ("PKT", "SKT") if schema.range else ("PKT",)
    return ("PKC", "SKC", "PKT", "SKT") if schema.range else ("PKC", "PKT")


def rules(table: Table, subject: Subject, setting: InsightsSetting) -> dict[RuleKind, str]:
    """Return the names of a setting's rules; one that failed has none."""
    if setting.failure is not None:
        return {}
    resource = table.name if subject.name is None else f"{table.name}-{subject.name}"
    kinds = rule_kinds(subject.schema, setting.mode)
    return {kind: _rule_name(kind, resource, setting.rules_ms) for kind in kinds}


def _rule_name(kind: RuleKind, resource: str, created_ms: int) -> str:
    """Return a rule's name; a long resource is cut, because CloudWatch's names are limited."""
    length = INSIGHTS_RULE_NAME_CHARACTERS_MAX - len(f"{_PREFIX}-{kind}--{created_ms}")
    return f"{_PREFIX}-{kind}-{resource[:length]}-{created_ms}"


def with_insights(
    table: Table, index_name: str | None, mode: InsightsMode | None, catalog: Catalog, now_ms: int
) -> Table:
    """Return a table with Contributor Insights enabled; the same one when they are so already.

    A mode that is not given is the default, also where another is in force (measured, DDB-TABLE-092).

    Args:
        table: as it is.
        index_name: None is the table itself.
        mode: what is wanted.
        catalog: the region's tables, for the quota of rules.
        now_ms: the time.

    Raises:
        ApiError: there is no such index, or the table or index is not there yet or any more.
    """
    subject = subject_of(table, index_name)
    _check_active(table, index_name)
    mode = mode or _DEFAULT_MODE
    before = _find(table.insights, subject)
    if before is not None and before.failure is None and before.mode == mode:
        return table
    kept = before is not None and before.failure is None
    setting = InsightsSetting(
        index=subject.number,
        mode=mode,
        rules_ms=before.rules_ms if before is not None and kept else now_ms,
        changed_ms=now_ms,
    )
    bare = _without(table, subject)
    taken = sum(
        len(rule_kinds(one.schema, enabled.mode))
        for other in catalog.list(table.account)
        for one, enabled in enabled_in(bare if other.number == table.number else other)
    )
    if taken + len(rule_kinds(subject.schema, mode)) > INSIGHTS_RULES_MAX:
        setting = replace(setting, failure=("LimitExceededException", _NO_RULES_LEFT))
    return replace(bare, insights=(*bare.insights, setting))


def without_insights(table: Table, index_name: str | None, now_ms: int) -> Table:
    """Return a table with Contributor Insights disabled; the same one when they are so already.

    Raises:
        ApiError: there is no such index.
    """
    subject = subject_of(table, index_name)
    before = _find(table.insights, subject)
    if before is None:
        return table
    past = replace(before, changed_ms=now_ms)
    bare = _without(table, subject)
    return replace(bare, past_insights=(*bare.past_insights, past))


def status(
    table: Table, subject: Subject, now_ms: int, *, realistic: bool
) -> tuple[Status, InsightsSetting | None]:
    """Return the status that is shown, with the setting it is of.

    Args:
        table: as it is.
        subject: the table or its index.
        now_ms: the time.
        realistic: whether a change takes the time that was measured on AWS.
    """
    setting = _find(table.insights, subject)
    if setting is not None:
        if realistic and now_ms - setting.changed_ms < INSIGHTS_ENABLING_MS:
            return "ENABLING", setting
        return ("ENABLED" if setting.failure is None else "FAILED"), setting
    setting = _find(table.past_insights, subject)
    if setting is not None and realistic and now_ms - setting.changed_ms < INSIGHTS_DISABLING_MS:
        return "DISABLING", setting
    return "DISABLED", setting


def describe_insights(
    table: Table, index_name: str | None, now_ms: int, *, realistic: bool
) -> dict[str, Any]:
    """Return the answer of DescribeContributorInsights.

    Raises:
        ApiError: there is no such index.
    """
    subject = subject_of(table, index_name)
    shown, setting = status(table, subject, now_ms, realistic=realistic)
    answer = summary(table, subject, shown, setting)
    if setting is None:
        return answer
    answer["LastUpdateDateTime"] = setting.changed_ms / 1000
    if shown in ("ENABLED", "ENABLING", "DISABLING") and setting.failure is None:
        answer["ContributorInsightsRuleList"] = list(rules(table, subject, setting).values())
    if setting.failure is not None and shown in ("FAILED", "DISABLING"):
        name, text = setting.failure
        answer["FailureException"] = {"ExceptionName": name, "ExceptionDescription": text}
    return answer


def summary(
    table: Table, subject: Subject, shown: Status, setting: InsightsSetting | None
) -> dict[str, Any]:
    """Return a ContributorInsightsSummary, which is also the answer of UpdateContributorInsights."""
    answer: dict[str, Any] = {"TableName": table.name}
    if subject.name is not None:
        answer["IndexName"] = subject.name
    answer["ContributorInsightsStatus"] = shown
    if setting is not None:
        answer["ContributorInsightsMode"] = setting.mode
    return answer


def summaries(
    table: Table, now_ms: int, *, realistic: bool
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the table's settings that are not DISABLED, each with its index's name ("" is the table), in order.

    Source: measured (DDB-TABLE-095, DDB-TABLE-343): the table comes first, then its indexes.
    """
    if not (table.insights or table.past_insights):
        return
    for subject in _subjects(table):
        shown, setting = status(table, subject, now_ms, realistic=realistic)
        if shown != "DISABLED":
            yield subject.name or "", summary(table, subject, shown, setting)


def _subjects(table: Table) -> list[Subject]:
    """Return the table, and its global indexes by name."""
    indexes = sorted((one for one in table.indexes if one.kind == "GLOBAL"), key=_name)
    return [
        Subject(0, None, table.schema),
        *(Subject(index.number, index.name, index.schema) for index in indexes),
    ]


def _find(settings: tuple[InsightsSetting, ...], subject: Subject) -> InsightsSetting | None:
    return next((one for one in settings if one.index == subject.number), None)


def _without(table: Table, subject: Subject) -> Table:
    """Return a table without a setting, and without those of indexes that are gone."""
    kept = {one.number for one in _subjects(table)} - {subject.number}
    return replace(
        table,
        insights=tuple(one for one in table.insights if one.index in kept),
        past_insights=tuple(one for one in table.past_insights if one.index in kept),
    )


def _check_active(table: Table, index_name: str | None) -> None:
    """Check that what is to be enabled is there; a table that is being UPDATED is (measured, DDB-TABLE-116)."""
    if table.status in ("CREATING", "DELETING"):
        raise _not_active("TableStatus")
    index = None if index_name is None else table.index(index_name)
    if index is not None and index.status in ("CREATING", "DELETING"):
        raise _not_active("IndexStatus")


def _not_active(what: str) -> ApiError:
    msg = (
        "Table or Index is not in a valid state to update Key Access Insights: "
        f"{what} must be ACTIVE to enable ContributorInsights."
    )
    return validation(msg)
