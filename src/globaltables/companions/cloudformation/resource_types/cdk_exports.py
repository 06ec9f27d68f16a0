"""Custom::CrossRegionExportWriter and -Reader, with which the CDK's stacks refer to those of other regions.

Done here, without the CDK's functions, which want the AWS SDK of Node.js: the writer keeps values as parameters of the
Parameter Store in the reader's region, the reader tags them as being used, and returns them as attributes.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from globaltables.companions.cloudformation.engine.resource_type import ResourceType, no_attributes
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.foundation.errors import ApiError

_NAMES_MAX = 10  # in one DeleteParameters


async def _write(work: ResourceWork) -> None:
    props = work.properties["WriterProps"]
    await _put(work, props["region"], props["exports"])
    await work.made(work.physical or work.token)


async def _rewrite(work: ResourceWork) -> None:
    """Write what is new and remove what is not exported any more; a value that changed stays, as with the CDK."""
    before, now = work.old["WriterProps"], work.properties["WriterProps"]
    await _remove(work, before["region"], _without(before["exports"], now["exports"]))
    await _put(work, now["region"], _without(now["exports"], before["exports"]))


async def _unwrite(work: ResourceWork) -> None:
    props = work.properties["WriterProps"]
    await _remove(work, props["region"], props["exports"])


async def _use(work: ResourceWork) -> None:
    await _tag(work, work.properties["ReaderProps"]["imports"])
    await work.made(work.physical or work.token)


async def _reuse(work: ResourceWork) -> None:
    before, now = work.old["ReaderProps"], work.properties["ReaderProps"]
    await _untag(work, _without(before["imports"], now["imports"]))
    await _tag(work, _without(now["imports"], before["imports"]))


async def _release(work: ResourceWork) -> None:
    await _untag(work, work.properties["ReaderProps"]["imports"])


async def _imported(work: ResourceWork) -> dict[str, Any] | None:
    return dict(work.properties["ReaderProps"]["imports"])


async def _put(work: ResourceWork, region: str, exports: Mapping[str, str]) -> None:
    for name, value in exports.items():
        await work.call(
            "ssm",
            "PutParameter",
            region=region,
            Name=name,
            Value=value,
            Type="String",
            Overwrite=True,
        )


async def _remove(work: ResourceWork, region: str, names: Iterable[str]) -> None:
    ordered = sorted(names)
    for start in range(0, len(ordered), _NAMES_MAX):
        some = ordered[start : start + _NAMES_MAX]
        await work.call("ssm", "DeleteParameters", region=region, Names=some)


async def _tag(work: ResourceWork, names: Iterable[str]) -> None:
    props = work.properties["ReaderProps"]
    for name in names:
        await work.call(
            "ssm",
            "AddTagsToResource",
            region=props["region"],
            ResourceType="Parameter",
            ResourceId=name,
            Tags=[{"Key": _mark(props), "Value": "true"}],
        )


async def _untag(work: ResourceWork, names: Iterable[str]) -> None:
    props = work.properties["ReaderProps"]
    for name in names:
        try:
            await work.call(
                "ssm",
                "RemoveTagsFromResource",
                region=props["region"],
                ResourceType="Parameter",
                ResourceId=name,
                TagKeys=[_mark(props)],
            )
        except ApiError as error:
            if error.code != "InvalidResourceId":  # the writer removed it first
                raise


def _mark(props: Mapping[str, Any]) -> str:
    return f"aws-cdk:strong-ref:{props['prefix']}"


def _without(names: Mapping[str, str], others: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in names.items() if name not in others}


TYPES = (
    ResourceType(
        "Custom::CrossRegionExportWriter",
        create=_write,
        delete=_unwrite,
        read=no_attributes,
        update=_rewrite,
        kept_by=("ServiceToken",),
    ),
    ResourceType(
        "Custom::CrossRegionExportReader",
        create=_use,
        delete=_release,
        read=_imported,
        update=_reuse,
        kept_by=("ServiceToken",),
    ),
)
