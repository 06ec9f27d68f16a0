"""Tags of templates and experiments."""

import re
from asyncio import Future
from dataclasses import dataclass
from typing import Any

from globaltables.companions.fis.stored import (
    EXPERIMENTS,
    TEMPLATES,
    arn_of,
    experiment_of,
    quota_exceeded,
    template_of,
)
from globaltables.companions.records import Document, Records
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import resource_not_found
from globaltables.foundation.limits import FIS_TAGS_MAX
from globaltables.itemstore.stage import Stage

_RESOURCE = re.compile(r"(experiment-template|experiment)/([A-Za-z0-9]{1,64})")
Tags = dict[str, str]


def tag_resource(call: ServiceCall) -> "Future[dict[str, Any]]":
    """TagResource: adds tags, and replaces those of the same keys."""

    def change(stage: Stage) -> dict[str, Any]:
        named = _named(call, stage)
        named.tags.update(call.request["tags"])
        if len(named.tags) > FIS_TAGS_MAX:
            raise quota_exceeded(f"A resource may have {FIS_TAGS_MAX} tags.")
        named.records.put(stage, call.account, named.name, named.record)
        return {}

    return call.region.store.submit(change)


def untag_resource(call: ServiceCall) -> "Future[dict[str, Any]]":
    """UntagResource: removes the tags of these keys, or all."""

    def change(stage: Stage) -> dict[str, Any]:
        named = _named(call, stage)
        for key in call.request.get("tagKeys", list(named.tags)):
            named.tags.pop(key, None)
        named.records.put(stage, call.account, named.name, named.record)
        return {}

    return call.region.store.submit(change)


def list_tags(call: ServiceCall) -> "Future[dict[str, Any]]":
    """ListTagsForResource."""
    return call.region.store.submit(lambda stage: {"tags": _named(call, stage).tags})


@dataclass(frozen=True, slots=True)
class _Named:
    """What a request names: where its record is, and the tags in it."""

    records: Records
    name: str
    record: Document
    tags: Tags


def _named(call: ServiceCall, stage: Stage) -> _Named:
    """Return what the ARN of a request names.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    arn = call.request["resourceArn"]
    match = _RESOURCE.fullmatch(arn.rpartition(":")[2])
    if match is None or arn != arn_of(call, *match.groups()):
        raise resource_not_found(f"Resource {arn} does not exist.")
    kind, name = match.groups()
    if kind == "experiment":
        record = experiment_of(call, stage, name)
        return _Named(EXPERIMENTS, name, record, record["experiment"]["tags"])
    record = template_of(call, stage, name)
    return _Named(TEMPLATES, name, record, record["template"]["tags"])
