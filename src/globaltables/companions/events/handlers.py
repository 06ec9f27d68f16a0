"""Every operation of EventBridge that is served."""

from collections.abc import Sequence
from types import MappingProxyType

from globaltables.companions.events import control, putting, rules
from globaltables.companions.events.firing import buses_of
from globaltables.companions.events.names import DEFAULT_BUS, bus_arn, rule_arn
from globaltables.companions.service import Implementation, ServiceCall
from globaltables.itemstore.region import Region


def _resume(region: Region) -> None:
    buses_of(region)


def _resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the rule or bus that a call is about."""
    request = call.request
    region, account = call.region.name, call.account
    if "ResourceARN" in request:
        return (request["ResourceARN"],)
    if "Entries" in request:
        names = {entry.get("EventBusName") or DEFAULT_BUS for entry in request["Entries"]}
        return tuple(
            name if name.startswith("arn:") else bus_arn(region, account, name) for name in names
        )
    bus: str = (request.get("EventBusName") or DEFAULT_BUS).rpartition("event-bus/")[2]
    if "Rule" in call.operation or "Target" in call.operation:
        rule = request.get("Rule") or request.get("Name")
        return ("*",) if rule is None else (rule_arn(region, account, bus, rule),)
    if "EventBus" in call.operation:
        name = request.get("Name")
        return ("*",) if name is None else (bus_arn(region, account, name),)
    return (bus_arn(region, account, bus),)


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "CreateEventBus": control.create_event_bus,
            "DeleteEventBus": control.delete_event_bus,
            "DeleteRule": rules.delete_rule,
            "DescribeEventBus": control.describe_event_bus,
            "DescribeRule": rules.describe_rule,
            "DisableRule": rules.disable_rule,
            "EnableRule": rules.enable_rule,
            "ListEventBuses": control.list_event_buses,
            "ListRuleNamesByTarget": rules.list_rule_names_by_target,
            "ListRules": rules.list_rules,
            "ListTagsForResource": control.list_tags_for_resource,
            "ListTargetsByRule": rules.list_targets_by_rule,
            "PutEvents": putting.put_events,
            "PutPermission": control.put_permission,
            "PutRule": rules.put_rule,
            "PutTargets": rules.put_targets,
            "RemovePermission": control.remove_permission,
            "RemoveTargets": rules.remove_targets,
            "TagResource": control.tag_resource,
            "TestEventPattern": putting.test_event_pattern,
            "UntagResource": control.untag_resource,
            "UpdateEventBus": control.update_event_bus,
        }
    ),
    resume=_resume,
    resources=_resources,
)
