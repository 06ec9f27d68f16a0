"""Every operation of the service that is served."""

from types import MappingProxyType

from globaltables.companions.functions import (
    aliases,
    concurrency,
    event_configs,
    functions,
    invoking,
    layers,
    permissions,
    tagging,
    versions,
    waiting_events,
)
from globaltables.companions.functions.mappings import feeding, requests
from globaltables.companions.functions.resources import policy_of, resources
from globaltables.companions.service import Implementation
from globaltables.itemstore.region import Region


def _resume(region: Region) -> None:
    """Go on with the events and mappings that a stop of the process interrupted."""
    waiting_events.resume_events(region)
    feeding.resume_mappings(region)


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "CreateEventSourceMapping": requests.create_mapping,
            "DeleteEventSourceMapping": requests.delete_mapping,
            "GetEventSourceMapping": requests.get_mapping,
            "UpdateEventSourceMapping": requests.update_mapping,
            "ListEventSourceMappings": requests.list_mappings,
            "AddPermission": permissions.add_permission,
            "CreateAlias": aliases.create_alias,
            "CreateFunction": functions.create_function,
            "DeleteAlias": aliases.delete_alias,
            "DeleteFunction": functions.delete_function,
            "DeleteFunctionConcurrency": concurrency.delete_concurrency,
            "DeleteFunctionEventInvokeConfig": event_configs.delete_config,
            "DeleteLayerVersion": layers.delete_layer_version,
            "DeleteProvisionedConcurrencyConfig": concurrency.delete_provisioned,
            "GetAccountSettings": concurrency.get_account_settings,
            "GetAlias": aliases.get_alias,
            "GetCodeSigningConfig": concurrency.get_code_signing,
            "GetFunction": functions.get_function,
            "GetFunctionCodeSigningConfig": concurrency.get_function_code_signing,
            "GetFunctionConcurrency": concurrency.get_concurrency,
            "GetFunctionConfiguration": functions.get_function_configuration,
            "GetFunctionEventInvokeConfig": event_configs.get_config,
            "GetFunctionRecursionConfig": concurrency.get_recursion,
            "GetLayerVersion": layers.get_layer_version,
            "GetLayerVersionByArn": layers.get_layer_version_by_arn,
            "GetPolicy": permissions.get_policy,
            "GetProvisionedConcurrencyConfig": concurrency.get_provisioned,
            "GetRuntimeManagementConfig": concurrency.get_runtime_management,
            "Invoke": invoking.invoke,
            "InvokeAsync": invoking.invoke_async,
            "ListAliases": aliases.list_aliases,
            "ListCodeSigningConfigs": concurrency.list_code_signing,
            "ListFunctionEventInvokeConfigs": event_configs.list_configs,
            "ListFunctions": functions.list_functions,
            "ListLayerVersions": layers.list_layer_versions,
            "ListLayers": layers.list_layers,
            "ListProvisionedConcurrencyConfigs": concurrency.list_provisioned,
            "ListTags": tagging.list_tags,
            "ListVersionsByFunction": versions.list_versions,
            "PublishLayerVersion": layers.publish_layer_version,
            "PublishVersion": versions.publish_version,
            "PutFunctionConcurrency": concurrency.put_concurrency,
            "PutFunctionEventInvokeConfig": event_configs.put_config,
            "PutProvisionedConcurrencyConfig": concurrency.refuse_provisioned,
            "RemovePermission": permissions.remove_permission,
            "TagResource": tagging.tag_resource,
            "UntagResource": tagging.untag_resource,
            "UpdateAlias": aliases.update_alias,
            "UpdateFunctionCode": functions.update_function_code,
            "UpdateFunctionConfiguration": functions.update_function_configuration,
            "UpdateFunctionEventInvokeConfig": event_configs.update_config,
        }
    ),
    resume=_resume,
    resources=resources,
    policy_of=policy_of,
)
