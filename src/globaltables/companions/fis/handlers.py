"""Every operation of the service that is served."""

from types import MappingProxyType

from globaltables.companions.fis import actions, experiments, running, tagging, templates
from globaltables.companions.service import Implementation

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
)
