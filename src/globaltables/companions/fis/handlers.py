"""Every operation of the service that is served."""

from collections.abc import Sequence
from types import MappingProxyType

from globaltables.companions.fis import actions, experiments, running, tagging, templates
from globaltables.companions.service import Implementation, ServiceCall
from globaltables.foundation.arns import partition_of


def _resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the template or experiment that a call is about."""
    request, region = call.request, call.region.name
    if "resourceArn" in request:
        return (request["resourceArn"],)
    start = f"arn:{partition_of(region)}:fis:{region}:{call.account}:"
    if "Template" in call.operation or call.operation == "StartExperiment":
        named = request.get("experimentTemplateId") or request.get("id") or "*"
        return (f"{start}experiment-template/{named}",)
    named = request.get("experimentId") or request.get("id") or "*"
    return (f"{start}experiment/{named}",) if "Experiment" in call.operation else ("*",)


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "CreateExperimentTemplate": templates.create_template,
            "DeleteExperimentTemplate": templates.delete_template,
            "GetAction": actions.get_action,
            "GetExperiment": experiments.get_experiment,
            "GetExperimentTemplate": templates.get_template,
            "GetTargetResourceType": actions.get_target_resource_type,
            "ListActions": actions.list_actions,
            "ListExperimentResolvedTargets": experiments.list_resolved_targets,
            "ListExperimentTemplates": templates.list_templates,
            "ListExperiments": experiments.list_experiments,
            "ListTagsForResource": tagging.list_tags,
            "ListTargetResourceTypes": actions.list_target_resource_types,
            "StartExperiment": experiments.start_experiment,
            "StopExperiment": experiments.stop_experiment,
            "TagResource": tagging.tag_resource,
            "UntagResource": tagging.untag_resource,
            "UpdateExperimentTemplate": templates.update_template,
        }
    ),
    resume=running.resume,
    resources=_resources,
)
