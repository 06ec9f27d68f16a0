"""What an experiment template must satisfy beyond its form.

Source: FIS user guide, experiment-templates, targets, stop-conditions, fis-quotas. AWS's texts are not documented.
"""

import re
from collections.abc import Mapping
from typing import Any

from globaltables.companions.fis.actions import ACTIONS, DURATION, RESOURCE_TYPES
from globaltables.companions.fis.durations import milliseconds_of
from globaltables.companions.fis.stored import quota_exceeded
from globaltables.foundation.errors import ApiError, validation
from globaltables.foundation.limits import (
    FIS_ACTIONS_MAX,
    FIS_DURATION_MS_MAX,
    FIS_DURATION_MS_MIN,
    FIS_STOP_CONDITIONS_MAX,
)

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_SELECTION = re.compile(r"ALL|COUNT\(([1-9]\d{0,3})\)|PERCENT\(([1-9]\d?|100)\)")


def check_template(template: Mapping[str, Any]) -> None:
    """Check a whole template in the form of the API.

    Raises:
        ApiError: ValidationException or ServiceQuotaExceededException.
    """
    if _ROLE.fullmatch(template["roleArn"]) is None:
        raise validation(f"The role ARN is invalid: {template['roleArn']}")
    if template["experimentOptions"]["accountTargeting"] != "single-account":
        raise _not_supported("targets in several accounts")
    _check_stop_conditions(template["stopConditions"])
    for name, target in template["targets"].items():
        _check_target(name, target)
    actions = template["actions"]
    if not actions:
        raise validation("An experiment template must have at least one action.")
    if len(actions) > FIS_ACTIONS_MAX:
        raise quota_exceeded(f"An experiment template may have {FIS_ACTIONS_MAX} actions.")
    for name, action in actions.items():
        _check_action(name, action, template["targets"])
    _check_order(actions)


def refuse_unserved(request: Mapping[str, Any]) -> None:
    """Refuse what would be accepted without effect.

    Raises:
        ApiError: ValidationException.
    """
    if request.get("logConfiguration"):
        raise _not_supported("logs of experiments")
    if request.get("experimentReportConfiguration"):
        raise _not_supported("reports of experiments")


def _not_supported(what: str) -> ApiError:
    return validation(f"Not supported by globaltables (see docs/compatibility.md): {what}")


def _check_stop_conditions(conditions: list[dict[str, str]]) -> None:
    if not conditions:
        raise validation("At least one stop condition is required; its source may be none.")
    if len(conditions) > FIS_STOP_CONDITIONS_MAX:
        raise quota_exceeded(
            f"An experiment template may have {FIS_STOP_CONDITIONS_MAX} stop conditions."
        )
    for condition in conditions:
        if condition["source"] == "aws:cloudwatch:alarm":
            raise _not_supported("stop conditions by CloudWatch alarms")
        if condition["source"] != "none" or "value" in condition:
            raise validation(f"The stop condition is invalid: {condition['source']}")


def _check_target(name: str, target: Mapping[str, Any]) -> None:
    kind = target["resourceType"]
    if kind not in RESOURCE_TYPES:
        raise _not_supported(f"target {name} of resource type {kind}")
    if bool(target.get("resourceArns")) == bool(target.get("resourceTags")):
        raise validation(f"Target {name} must have either resource ARNs or resource tags.")
    for member in ("filters", "parameters"):
        if target.get(member):
            raise validation(f"Target {name}: {kind} has no {member}.")
    if _SELECTION.fullmatch(target["selectionMode"]) is None:
        raise validation(f"Target {name} has an invalid selection mode: {target['selectionMode']}")


def _check_action(name: str, action: Mapping[str, Any], targets: Mapping[str, Any]) -> None:
    kind = action.get("actionId", "")
    if kind not in ACTIONS:
        raise _not_supported(f"action {name} with id {kind}")
    parameters = action.get("parameters", {})
    unknown = parameters.keys() - {DURATION}
    if unknown:
        raise validation(f"Action {name} has no parameter {min(unknown)}.")
    length_ms = milliseconds_of(parameters.get(DURATION, ""))
    if length_ms is None or not FIS_DURATION_MS_MIN <= length_ms <= FIS_DURATION_MS_MAX:
        raise validation(f"Action {name} needs a duration from PT1M to PT12H.")
    expected = ACTIONS[kind].targets
    given = action.get("targets", {})
    if given.keys() != expected.keys():
        wanted = ", ".join(expected) or "no targets"
        raise validation(f"Action {name} with id {kind} needs these targets: {wanted}.")
    for key, target in given.items():
        if target not in targets:
            raise validation(f"Action {name} names a target that does not exist: {target}")
        if targets[target]["resourceType"] != expected[key]:
            raise validation(f"Target {target} is no {expected[key]}, as action {name} needs.")


def _check_order(actions: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse actions that wait for what is not there, or for each other."""
    left = {name: set(action.get("startAfter", ())) for name, action in actions.items()}
    for name, awaited in left.items():
        if awaited - actions.keys():
            missing = min(awaited - actions.keys())
            raise validation(f"Action {name} starts after one that does not exist: {missing}")
    while left:
        ready = [name for name, awaited in left.items() if not awaited & left.keys()]
        if not ready:
            raise validation(f"These actions start after each other: {', '.join(sorted(left))}")
        for name in ready:
            del left[name]
