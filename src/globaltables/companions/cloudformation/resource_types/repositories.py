"""AWS::ECR: repositories, which the CDK's bootstrap stack has."""

from typing import Any

import orjson

from globaltables.companions.cloudformation.engine.resource_type import Naming, ResourceType
from globaltables.companions.cloudformation.engine.resource_work import ResourceWork
from globaltables.companions.cloudformation.resource_types.calls import tagger
from globaltables.companions.cloudformation.resource_types.tagging import as_list, tags_in

_SERVICE = "ecr"
_TAGS = tagger(_SERVICE, tag="TagResource", untag="UntagResource", member="resourceArn")


async def _create(work: ResourceWork) -> None:
    if not work.physical:
        tags = as_list(tags_in(work.properties.get("Tags")))
        await work.send(_SERVICE, "CreateRepository", RepositoryName=work.name, Tags=tags)
        await work.made(work.name)
    await _settings(work)


async def _update(work: ResourceWork) -> None:
    name = work.physical
    if work.changed("ImageTagMutability"):
        mutability = work.properties.get("ImageTagMutability", "MUTABLE")
        await work.call(
            _SERVICE, "PutImageTagMutability", repositoryName=name, imageTagMutability=mutability
        )
    if work.changed("ImageScanningConfiguration"):
        given = work.properties.get("ImageScanningConfiguration") or {"ScanOnPush": False}
        await work.send(
            _SERVICE,
            "PutImageScanningConfiguration",
            RepositoryName=name,
            ImageScanningConfiguration=given,
        )
    await _settings(work)
    if work.changed("Tags"):
        await _TAGS(work, work.record["attributes"]["Arn"])


async def _settings(work: ResourceWork) -> None:
    """Bring the repository's policies to what the properties say."""
    if work.changed("RepositoryPolicyText"):
        policy = work.properties.get("RepositoryPolicyText")
        if policy is None:
            await work.found(_SERVICE, "DeleteRepositoryPolicy", repositoryName=work.physical)
        else:
            await work.call(
                _SERVICE,
                "SetRepositoryPolicy",
                repositoryName=work.physical,
                policyText=policy if isinstance(policy, str) else orjson.dumps(policy).decode(),
            )
    if work.changed("LifecyclePolicy"):
        text = (work.properties.get("LifecyclePolicy") or {}).get("LifecyclePolicyText")
        if text is None:
            await work.found(_SERVICE, "DeleteLifecyclePolicy", repositoryName=work.physical)
        else:
            await work.call(
                _SERVICE,
                "PutLifecyclePolicy",
                repositoryName=work.physical,
                lifecyclePolicyText=text,
            )


async def _delete(work: ResourceWork) -> None:
    empty = bool(work.properties.get("EmptyOnDelete", False))
    await work.call(_SERVICE, "DeleteRepository", repositoryName=work.physical, force=empty)


async def _read(work: ResourceWork) -> dict[str, Any] | None:
    answer = await work.found(_SERVICE, "DescribeRepositories", repositoryNames=[work.physical])
    for repository in (answer or {}).get("repositories", ()):
        return {"Arn": repository["repositoryArn"], "RepositoryUri": repository["repositoryUri"]}
    return None


TYPES = (
    ResourceType(
        "AWS::ECR::Repository",
        create=_create,
        delete=_delete,
        read=_read,
        update=_update,
        naming=Naming("RepositoryName", length_max=256, lower=True),
        named=lambda work: work.name,
        unserved=("ImageTagMutabilityExclusionFilters",),
    ),
)
