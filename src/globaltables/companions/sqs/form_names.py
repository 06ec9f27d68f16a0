"""What members are called in SQS's query protocol, which its model describes no more; older SDKs speak it.

Source: the API reference of 2012-11-05, and botocore's model before SQS spoke JSON.
"""

from collections.abc import Mapping
from types import MappingProxyType

_BATCHES = ("SendMessage", "DeleteMessage", "ChangeMessageVisibility")
_ATTRIBUTE, _TAG = "Attribute", "Tag"
_NAMED_MAP: Mapping[str, str] = MappingProxyType({"key": "Name", "value": "Value"})
_MESSAGE_ATTRIBUTES: Mapping[str, str] = MappingProxyType(
    {
        "MessageAttributes": "MessageAttribute",
        "MessageSystemAttributes": "MessageSystemAttribute",
    }
)

FORM_NAMES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "AddPermissionRequest": {"AWSAccountIds": "AWSAccountId", "Actions": "ActionName"},
        "CreateQueueRequest": {"Attributes": _ATTRIBUTE, "tags": _TAG},
        "GetQueueAttributesRequest": {"AttributeNames": "AttributeName"},
        "GetQueueAttributesResult": {"Attributes": _ATTRIBUTE},
        "ListDeadLetterSourceQueuesResult": {"queueUrls": "QueueUrl"},
        "ListMessageMoveTasksResult": {"Results": "ListMessageMoveTasksResultEntry"},
        "ListQueueTagsResult": {"Tags": _TAG},
        "ListQueuesResult": {"QueueUrls": "QueueUrl"},
        "Message": {"Attributes": _ATTRIBUTE, "MessageAttributes": "MessageAttribute"},
        "MessageBodyAttributeMap": _NAMED_MAP,
        "MessageBodySystemAttributeMap": _NAMED_MAP,
        "MessageSystemAttributeMap": _NAMED_MAP,
        "QueueAttributeMap": _NAMED_MAP,
        "ReceiveMessageRequest": {
            "AttributeNames": "AttributeName",
            "MessageAttributeNames": "MessageAttributeName",
            "MessageSystemAttributeNames": "MessageSystemAttributeName",
        },
        "ReceiveMessageResult": {"Messages": "Message"},
        "SendMessageBatchRequestEntry": _MESSAGE_ATTRIBUTES,
        "SendMessageRequest": _MESSAGE_ATTRIBUTES,
        "SetQueueAttributesRequest": {"Attributes": _ATTRIBUTE},
        "TagMap": {"key": "Key", "value": "Value"},
        "TagQueueRequest": {"Tags": _TAG},
        "UntagQueueRequest": {"TagKeys": "TagKey"},
        **{f"{name}BatchRequest": {"Entries": f"{name}BatchRequestEntry"} for name in _BATCHES},
        **{
            f"{name}BatchResult": {
                "Successful": f"{name}BatchResultEntry",
                "Failed": "BatchResultErrorEntry",
            }
            for name in _BATCHES
        },
    }
)
