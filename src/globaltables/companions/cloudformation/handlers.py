"""Every operation of the service that is served."""

from types import MappingProxyType

from globaltables.companions.cloudformation import (
    change_sets,
    stack_descriptions,
    stack_requests,
    stack_settings,
    template_requests,
)
from globaltables.companions.cloudformation.engine import running
from globaltables.companions.service import Implementation

IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "CancelUpdateStack": stack_requests.cancel_update_stack,
            "ContinueUpdateRollback": stack_requests.continue_update_rollback,
            "CreateStack": stack_requests.create_stack,
            "CreateChangeSet": change_sets.create_change_set,
            "DeleteChangeSet": change_sets.delete_change_set,
            "DescribeChangeSet": change_sets.describe_change_set,
            "ExecuteChangeSet": change_sets.execute_change_set,
            "ListChangeSets": change_sets.list_change_sets,
            "DeleteStack": stack_requests.delete_stack,
            "DescribeStackEvents": stack_descriptions.describe_stack_events,
            "DescribeStackResource": stack_descriptions.describe_stack_resource,
            "DescribeStackResources": stack_descriptions.describe_stack_resources,
            "DescribeStacks": stack_descriptions.describe_stacks,
            "GetStackPolicy": stack_settings.get_stack_policy,
            "GetTemplate": template_requests.get_template,
            "GetTemplateSummary": template_requests.get_template_summary,
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
)
