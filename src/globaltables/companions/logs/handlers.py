"""The operations of CloudWatch Logs that are answered, and what IAM is asked about them."""

from collections.abc import Sequence

from globaltables.companions.logs import (
    groups,
    metric_filters,
    policies,
    queries,
    streams,
    subscriptions,
)
from globaltables.companions.logs.ingestion import put_log_events
from globaltables.companions.logs.reading import filter_log_events, get_log_events
from globaltables.companions.logs.requests import group_arn, name_of_arn
from globaltables.companions.logs.retention import keep_time
from globaltables.companions.logs.tags import list_tags, tag_resource, untag_resource
from globaltables.companions.service import Implementation, ServiceCall

#: What policies grant for a group as such, and not for its streams.
_OF_GROUP = ("ListTagsForResource", "TagResource", "UntagResource")


def resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs that a call is about: groups in the form that ends in a star, as policies have it."""
    request = call.request
    name = request.get("logGroupName") or request.get("logGroupIdentifier")
    if name is None:
        name = request.get("resourceArn") or request.get("resourceIdentifier")
    if name is None:
        return ("*",)
    arn = group_arn(call, name_of_arn(name))
    if call.operation in _OF_GROUP:
        return (arn,)
    stream = request.get("logStreamName")
    return (f"{arn}:log-stream:{stream}" if stream else f"{arn}:*",)


IMPLEMENTATION = Implementation(
    {
        "AssociateKmsKey": groups.associate_kms_key,
        "CreateLogGroup": groups.create_log_group,
        "CreateLogStream": streams.create_log_stream,
        "DeleteLogGroup": groups.delete_log_group,
        "DeleteLogStream": streams.delete_log_stream,
        "DeleteMetricFilter": metric_filters.delete_metric_filter,
        "DeleteResourcePolicy": policies.delete_resource_policy,
        "DeleteRetentionPolicy": groups.delete_retention_policy,
        "DeleteSubscriptionFilter": subscriptions.delete_subscription_filter,
        "DescribeLogGroups": groups.describe_log_groups,
        "DescribeLogStreams": streams.describe_log_streams,
        "DescribeMetricFilters": metric_filters.describe_metric_filters,
        "DescribeQueries": queries.describe_queries,
        "DescribeResourcePolicies": policies.describe_resource_policies,
        "DescribeSubscriptionFilters": subscriptions.describe_subscription_filters,
        "DisassociateKmsKey": groups.disassociate_kms_key,
        "FilterLogEvents": filter_log_events,
        "GetLogEvents": get_log_events,
        "GetQueryResults": queries.get_query_results,
        "ListLogGroups": groups.list_log_groups,
        "ListTagsForResource": list_tags,
        "ListTagsLogGroup": list_tags,
        "PutLogEvents": put_log_events,
        "PutLogGroupDeletionProtection": groups.put_deletion_protection,
        "PutMetricFilter": metric_filters.put_metric_filter,
        "PutResourcePolicy": policies.put_resource_policy,
        "PutRetentionPolicy": groups.put_retention_policy,
        "PutSubscriptionFilter": subscriptions.put_subscription_filter,
        "StartQuery": queries.start_query,
        "StopQuery": queries.stop_query,
        "TagLogGroup": tag_resource,
        "TagResource": tag_resource,
        "TestMetricFilter": metric_filters.test_metric_filter,
        "UntagLogGroup": untag_resource,
        "UntagResource": untag_resource,
    },
    resume=keep_time,
    resources=resources,
)
