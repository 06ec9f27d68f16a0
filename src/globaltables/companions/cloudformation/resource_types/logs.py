"""AWS::Logs: groups, streams and filters."""

from collections.abc import Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import Calls, by_calls, tagger

_SERVICE = "logs"
_TAGS = tagger(
    _SERVICE,
    tag="TagResource",
    untag="UntagResource",
    member="resourceArn",
)


async def _create_group(work: ResourceWork) -> None:
    if not work.physical:
        await work.send(_SERVICE, "CreateLogGroup", LogGroupName=work.name)
        await work.made(work.name)
    await _retain(work)


async def _update_group(work: ResourceWork) -> None:
    await _retain(work)
    if work.changed("KmsKeyId"):
        if "KmsKeyId" in work.properties:
            await work.send(_SERVICE, "AssociateKmsKey", logGroupName=work.physical)
        else:
            await work.call(_SERVICE, "DisassociateKmsKey", logGroupName=work.physical)
    if work.changed("Tags"):
        arn: str = work.record["attributes"]["Arn"]
        await _TAGS(work, arn.removesuffix(":*"))


async def _retain(work: ResourceWork) -> None:
    if not work.changed("RetentionInDays"):
        return
    if "RetentionInDays" in work.properties:
        await work.send(_SERVICE, "PutRetentionPolicy", logGroupName=work.physical)
    else:
        await work.call(_SERVICE, "DeleteRetentionPolicy", logGroupName=work.physical)


async def _delete_group(work: ResourceWork) -> None:
    await work.call(_SERVICE, "DeleteLogGroup", logGroupName=work.physical)


async def _read_group(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.call(_SERVICE, "DescribeLogGroups", logGroupNamePrefix=work.physical)
    for group in answer.get("logGroups") or ():
        if group["logGroupName"] == work.physical:
            return {"Arn": group["arn"]}
    return None


def _first(member: str, name: str) -> Any:
    """Return what finds one of the elements of an answer by its name."""

    def found(work: ResourceWork, answer: Mapping[str, Any]) -> dict[str, Any] | None:
        wanted = work.physical.rpartition("|")[2]
        for one in answer.get(member) or ():
            if one[name] == wanted:
                return {}
        return None

    return found


def _filter_keys(work: ResourceWork) -> dict[str, Any]:
    name = work.physical or work.name
    return {
        "LogGroupName": work.properties["LogGroupName"],
        "FilterName": name,
        "FilterNamePrefix": name,
    }


def _filter_type(name: str, noun: str, member: str) -> Calls:
    return Calls(
        name,
        _SERVICE,
        create=f"Put{noun}",
        update=f"Put{noun}",
        delete=f"Delete{noun}",
        read=f"Describe{noun}s",
        keys=_filter_keys,
        naming=Naming("FilterName", length_max=512),
        found=_first(member, "filterName"),
        unserved=("EmitSystemFieldDimensions", "EmitSystemFields", "FieldSelectionCriteria"),
    )


TYPES = (
    ResourceType(
        "AWS::Logs::LogGroup",
        create=_create_group,
        delete=_delete_group,
        read=_read_group,
        update=_update_group,
        naming=Naming("LogGroupName", length_max=512),
        named=lambda work: work.name,
        replaced_by=("LogGroupClass",),
        unserved=(
            *("BearerTokenAuthenticationEnabled", "DataProtectionPolicy", "FieldIndexPolicies"),
            *("DeletionProtectionEnabled", "ResourcePolicyDocument"),
        ),
    ),
    by_calls(
        Calls(
            "AWS::Logs::LogStream",
            _SERVICE,
            create="CreateLogStream",
            delete="DeleteLogStream",
            read="DescribeLogStreams",
            keys=lambda work: {
                "LogGroupName": work.properties["LogGroupName"],
                "LogStreamName": work.physical,
                "LogStreamNamePrefix": work.physical,
            },
            naming=Naming("LogStreamName", length_max=512),
            found=_first("logStreams", "logStreamName"),
        )
    ),
    by_calls(_filter_type("AWS::Logs::MetricFilter", "MetricFilter", "metricFilters")),
    by_calls(
        _filter_type("AWS::Logs::SubscriptionFilter", "SubscriptionFilter", "subscriptionFilters")
    ),
)
