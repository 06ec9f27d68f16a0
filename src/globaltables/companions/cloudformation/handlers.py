"""Every operation of the service that is served."""

from types import MappingProxyType

from globaltables.companions.cloudformation import (
    change_sets,
    drift,
    stack_descriptions,
    stack_requests,
    stack_settings,
    template_requests,
)
from globaltables.companions.cloudformation.engine import running
from globaltables.companions.cloudformation.stored import policy_resources
from globaltables.companions.service import Implementation

IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "CancelUpdateStack": stack_requests.cancel_update_stack,
            "ContinueUpdateRollback": stack_requests.continue_update_rollback,
            "CreateChangeSet": change_sets.create_change_set,
            "CreateStack": stack_requests.create_stack,
            "DeleteChangeSet": change_sets.delete_change_set,
            "DeleteStack": stack_requests.delete_stack,
            "DescribeChangeSet": change_sets.describe_change_set,
            "DescribeStackDriftDetectionStatus": drift.describe_detection,
            "DescribeStackEvents": stack_descriptions.describe_stack_events,
            "DescribeStackResource": stack_descriptions.describe_stack_resource,
            "DescribeStackResourceDrifts": drift.describe_resource_drifts,
            "DescribeStackResources": stack_descriptions.describe_stack_resources,
            "DescribeStacks": stack_descriptions.describe_stacks,
            "DetectStackDrift": drift.detect_stack_drift,
            "DetectStackResourceDrift": drift.detect_resource_drift,
            "ExecuteChangeSet": change_sets.execute_change_set,
            "GetStackPolicy": stack_settings.get_stack_policy,
            "GetTemplate": template_requests.get_template,
            "GetTemplateSummary": template_requests.get_template_summary,
            "ListChangeSets": change_sets.list_change_sets,
            "ListExports": stack_settings.list_exports,
            "ListImports": stack_settings.list_imports,
            "ListStackResources": stack_descriptions.list_stack_resources,
            "ListStacks": stack_descriptions.list_stacks,
            "RollbackStack": stack_requests.rollback_stack,
            "SetStackPolicy": stack_settings.set_stack_policy,
            "UpdateStack": stack_requests.update_stack,
            "UpdateTerminationProtection": stack_settings.update_termination_protection,
            "ValidateTemplate": template_requests.validate_template,
        }
    ),
    resume=running.resume,
    resources=policy_resources,
)
