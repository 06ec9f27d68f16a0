"""PutDashboard, GetDashboard, ListDashboards and DeleteDashboards."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from globaltables.companions.cloudwatch.dashboard_records import (
    dashboard_named,
    dashboards_of,
    put_dashboard,
)
from globaltables.companions.cloudwatch.requests import (
    arn_of,
    invalid_value,
    place_of,
    token_of,
)
from globaltables.companions.cloudwatch.tags import checked_tags
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import DASHBOARD_WIDGETS_MAX, DASHBOARDS_LIST_PAGE
from globaltables.itemstore.stage import Stage

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_TYPES = ("metric", "text", "log", "alarm", "custom", "explorer", "trace")
#: Path within the body, and what is wrong there.
Fault = tuple[str, str]


async def put_dashboard_request(call: ServiceCall) -> dict[str, Any]:
    """Answer PutDashboard; what is wrong in a widget is told and does not stand against it, as on AWS."""
    name, body = call.request["DashboardName"], call.request["DashboardBody"]
    if _NAME.fullmatch(name) is None:
        raise _refused(
            f"The value {name} for field DashboardName is invalid. "
            "It can only contain alphanumerics, dash (-) and underscore (_).",
            [],
        )
    tags = checked_tags(call.request.get("Tags") or ())
    faults = list(_faults(body))
    fatal = [fault for fault in faults if fault[0] in ("", "/", "/widgets")]
    if fatal:
        raise _refused("The field DashboardBody must be a valid JSON object", faults)
    now = call.region.clock.now_ms() / 1000

    def decide(stage: Stage) -> None:
        known = dashboard_named(stage, call.account, name)
        kept = tags if known is None else known["Tags"]
        document = {"DashboardBody": body, "LastModified": now, "Tags": kept}
        put_dashboard(stage, call.account, name, document)

    await call.region.store.submit(decide)
    return {"DashboardValidationMessages": _messages(faults)}


def get_dashboard(call: ServiceCall) -> dict[str, Any]:
    """Answer GetDashboard."""
    name = call.request["DashboardName"]
    found = dashboard_named(call.region.store.reader(), call.account, name)
    if found is None:
        raise _missing([name])
    return {
        "DashboardArn": arn_of(call, "dashboard", name),
        "DashboardBody": found["DashboardBody"],
        "DashboardName": name,
    }


def list_dashboards(call: ServiceCall) -> dict[str, Any]:
    """Answer ListDashboards."""
    prefix = call.request.get("DashboardNamePrefix", "")
    after = place_of(call.request.get("NextToken"))
    found = [
        (name, dashboard)
        for name, dashboard in dashboards_of(call.region.store.reader(), call.account)
        if name.startswith(prefix) and name > after
    ]
    page = found[:DASHBOARDS_LIST_PAGE]
    answer: dict[str, Any] = {
        "DashboardEntries": [
            {
                "DashboardName": name,
                "DashboardArn": arn_of(call, "dashboard", name),
                "LastModified": dashboard["LastModified"],
                "Size": len(dashboard["DashboardBody"].encode()),
            }
            for name, dashboard in page
        ]
    }
    if len(found) > len(page):
        answer["NextToken"] = token_of(page[-1][0])
    return answer


async def delete_dashboards(call: ServiceCall) -> dict[str, Any]:
    """Answer DeleteDashboards: all of them or, when one is missing, none."""
    names: list[str] = call.request["DashboardNames"]
    if not names:
        raise invalid_value("The collection DashboardNames must have a size greater than 0.")

    def decide(stage: Stage) -> None:
        lacking = [name for name in names if dashboard_named(stage, call.account, name) is None]
        if lacking:
            raise _missing(lacking)
        for name in names:
            put_dashboard(stage, call.account, name, None)

    await call.region.store.submit(decide)
    return {}


def _faults(body: str) -> Iterator[Fault]:
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        yield "", "The field DashboardBody must be a valid JSON object"
        return
    if type(parsed) is not dict:
        yield "/", "Should be object"
        return
    widgets = parsed.get("widgets")
    if type(widgets) is not list:
        yield "/widgets", "Should have required property 'widgets'"
        return
    if len(widgets) > DASHBOARD_WIDGETS_MAX:
        yield "/widgets", f"Should not have more than {DASHBOARD_WIDGETS_MAX} items"
    for number, widget in enumerate(widgets):
        yield from _widget_faults(widget, f"/widgets/{number}")


def _widget_faults(widget: Any, path: str) -> Iterator[Fault]:
    if type(widget) is not dict:
        yield path, "Should be object"
        return
    kind = widget.get("type")
    if kind not in _TYPES:
        yield f"{path}/type", "Should be equal to one of the allowed values"
    for name, most in (("x", 23), ("y", None), ("width", 24), ("height", 1000)):
        value = widget.get(name)
        least = 1 if name in ("width", "height") else 0
        if value is not None and (
            type(value) is not int or value < least or (most is not None and value > most)
        ):
            yield f"{path}/{name}", f"Should be an integer from {least} to {most or 'any number'}"
    properties = widget.get("properties")
    if type(properties) is not dict:
        yield f"{path}/properties", "Should have required property 'properties'"
    elif kind == "metric":
        yield from _metric_faults(properties, f"{path}/properties")
    elif kind == "text" and type(properties.get("markdown")) is not str:
        yield f"{path}/properties/markdown", "Should have required property 'markdown'"


def _metric_faults(properties: Mapping[str, Any], path: str) -> Iterator[Fault]:
    if "metrics" not in properties and "annotations" not in properties:
        yield path, "Should have required property 'metrics'"
    if type(properties.get("region")) is not str and "annotations" not in properties:
        yield f"{path}/region", "Should have required property 'region'"
    metrics = properties.get("metrics", [])
    if type(metrics) is not list:
        yield f"{path}/metrics", "Should be array"
        return
    for number, metric in enumerate(metrics):
        if type(metric) is not list or not metric:
            yield f"{path}/metrics/{number}", "Should NOT have fewer than 1 items"
            continue
        names = [part for part in metric if type(part) is not dict]
        if names and (len(names) % 2 or any(type(part) is not str for part in names)):
            yield (
                f"{path}/metrics/{number}",
                'Invalid metric field type, only "String" type is allowed',
            )


def _messages(faults: list[Fault]) -> list[dict[str, str]]:
    return [{"DataPath": path, "Message": message} for path, message in faults]


def _refused(message: str, faults: list[Fault]) -> ApiError:
    fields = {"dashboardValidationMessages": _messages(faults)}
    return ApiError("InvalidParameterInput", message, fields=fields)


def _missing(names: list[str]) -> ApiError:
    return ApiError("ResourceNotFound", f"Dashboard {', '.join(names)} does not exist", status=404)
