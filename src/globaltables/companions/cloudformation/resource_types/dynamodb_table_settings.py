"""The settings of a table in one region that have operations of their own, for tables and for replicas."""

from collections.abc import Mapping
from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.tagging import as_list, tag_changes

Properties = Mapping[str, Any]


class TableSettings:
    """A table in one region.

    Args:
        work: on the resource.
        table: its name.
        region: where.
    """

    def __init__(self, work: ResourceWork, table: str, region: str) -> None:
        self._work = work
        self._table = table
        self._region = region

    async def describe(self) -> dict[str, Any] | None:
        """Return the description of the table; None when there is none."""
        answer = await self._work.found(
            "dynamodb", "DescribeTable", region=self._region, TableName=self._table
        )
        return None if answer is None else dict(answer["Table"])

    async def settled(self) -> dict[str, Any]:
        """Return the description when nothing is under way with the table, its indexes and replicas."""
        since_ms = self._work.now_ms()
        while True:
            table = await self.describe()
            if table is not None and _is_settled(table):
                return table
            await self._work.keep_waiting(since_ms)

    async def gone(self) -> None:
        """Return when the table is not there any more."""
        since_ms = self._work.now_ms()
        while await self.describe() is not None:
            await self._work.keep_waiting(since_ms)

    async def call(self, operation: str, **members: Any) -> dict[str, Any]:
        """Carry out an operation on the table."""
        return await self._work.call(
            "dynamodb", operation, region=self._region, TableName=self._table, **members
        )

    async def update(self, **members: Any) -> None:
        """Carry out UpdateTable and wait until it is done."""
        await self.call("UpdateTable", **members)
        await self.settled()

    async def apply(self, new: Properties, old: Properties) -> None:
        """Set what has changed of the settings that have operations of their own."""
        arn = (await self.settled())["TableArn"]
        await self._time_to_live(new, old)
        await self._recovery(new, old)
        await self._insights(new, old)
        await self._kinesis(new, old)
        await self._policy(arn, new.get("ResourcePolicy"), old.get("ResourcePolicy"))
        stream_policy = (new.get("StreamSpecification") or {}).get("ResourcePolicy")
        old_stream_policy = (old.get("StreamSpecification") or {}).get("ResourcePolicy")
        if stream_policy != old_stream_policy:
            stream = (await self.settled()).get("LatestStreamArn")
            if stream is not None:
                await self._policy(stream, stream_policy, old_stream_policy)
        await self._tags(arn, new, old)

    async def _time_to_live(self, new: Properties, old: Properties) -> None:
        wanted, had = new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
        if wanted == had:
            return
        # A replica has it from the others, and what was interrupted may have set it.
        now = (await self.call("DescribeTimeToLive"))["TimeToLiveDescription"]
        is_on = now["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
        name = _ttl_name(wanted)
        if is_on and now["AttributeName"] != name:
            off = {"AttributeName": now["AttributeName"], "Enabled": False}
            await self.call("UpdateTimeToLive", TimeToLiveSpecification=off)
            is_on = False
        if name is not None and not is_on:
            on = {"AttributeName": name, "Enabled": True}
            await self.call("UpdateTimeToLive", TimeToLiveSpecification=on)

    async def _recovery(self, new: Properties, old: Properties) -> None:
        wanted = new.get("PointInTimeRecoverySpecification")
        had = old.get("PointInTimeRecoverySpecification")
        if wanted == had:
            return
        settings = dict(wanted or {})
        settings.setdefault("PointInTimeRecoveryEnabled", False)
        if settings["PointInTimeRecoveryEnabled"] or (had or {}).get("PointInTimeRecoveryEnabled"):
            await self.call("UpdateContinuousBackups", PointInTimeRecoverySpecification=settings)

    async def _insights(self, new: Properties, old: Properties) -> None:
        wanted, had = _insights(new), _insights(old)
        for index in {**wanted, **had}:
            setting, before = wanted.get(index), had.get(index)
            on, was_on = bool((setting or {}).get("Enabled")), bool((before or {}).get("Enabled"))
            mode = (setting or {}).get("Mode")
            if on == was_on and (not on or mode == (before or {}).get("Mode")):
                continue
            await self.call(
                "UpdateContributorInsights",
                IndexName=index or None,
                ContributorInsightsAction="ENABLE" if on else "DISABLE",
                ContributorInsightsMode=mode if on else None,
            )

    async def _kinesis(self, new: Properties, old: Properties) -> None:
        wanted, had = new.get("KinesisStreamSpecification"), old.get("KinesisStreamSpecification")
        if wanted == had:
            return
        if had is not None:
            await self.call("DisableKinesisStreamingDestination", StreamArn=had["StreamArn"])
            await self._kinesis_settled(had["StreamArn"], "")
        if wanted is not None and await self._kinesis_status(wanted["StreamArn"]) is None:
            precision = wanted.get("ApproximateCreationDateTimePrecision")
            settings = {"ApproximateCreationDateTimePrecision": precision} if precision else None
            await self.call(
                "EnableKinesisStreamingDestination",
                StreamArn=wanted["StreamArn"],
                EnableKinesisStreamingConfiguration=settings,
            )
        if wanted is not None:
            await self._kinesis_settled(wanted["StreamArn"], "ACTIVE")

    async def _kinesis_settled(self, arn: str, status: str) -> None:
        since_ms = self._work.now_ms()
        while await self._kinesis_status(arn) not in {status, None}:
            await self._work.keep_waiting(since_ms)

    async def _kinesis_status(self, arn: str) -> str | None:
        """Return the status of a destination that is there, None when it is not."""
        answer = await self.call("DescribeKinesisStreamingDestination")
        for one in answer["KinesisDataStreamDestinations"]:
            if one["StreamArn"] == arn and one["DestinationStatus"] != "DISABLED":
                return str(one["DestinationStatus"])
        return None

    async def _policy(self, arn: str, wanted: Any, had: Any) -> None:
        if wanted == had:
            return
        if wanted is None:
            await self._work.found(
                "dynamodb", "DeleteResourcePolicy", region=self._region, ResourceArn=arn
            )
            return
        document = wanted["PolicyDocument"]
        policy = document if isinstance(document, str) else orjson.dumps(document).decode()
        await self._work.call(
            "dynamodb", "PutResourcePolicy", region=self._region, ResourceArn=arn, Policy=policy
        )

    async def _tags(self, arn: str, new: Properties, old: Properties) -> None:
        added, removed = tag_changes(old.get("Tags"), new.get("Tags"))
        where = {"region": self._region, "ResourceArn": arn}
        if removed:
            await self._work.call("dynamodb", "UntagResource", TagKeys=removed, **where)
        if added:
            await self._work.call("dynamodb", "TagResource", Tags=as_list(added), **where)


def _is_settled(table: Mapping[str, Any]) -> bool:
    parts = [table.get("TableStatus")]
    parts += [index.get("IndexStatus") for index in table.get("GlobalSecondaryIndexes", ())]
    parts += [replica.get("ReplicaStatus") for replica in table.get("Replicas", ())]
    witnesses = table.get("GlobalTableWitnesses", ())
    parts += [witness.get("WitnessStatus") for witness in witnesses]
    return all(part in {"ACTIVE", None} for part in parts)


def _ttl_name(setting: Mapping[str, Any] | None) -> Any:
    return setting.get("AttributeName") if setting is not None and setting.get("Enabled") else None


def _insights(properties: Properties) -> dict[str, Any]:
    """Return the settings by index; the table's own has no name."""
    found = {"": properties.get("ContributorInsightsSpecification")}
    for index in properties.get("GlobalSecondaryIndexes") or ():
        found[index["IndexName"]] = index.get("ContributorInsightsSpecification")
    return {name: setting for name, setting in found.items() if setting is not None}
