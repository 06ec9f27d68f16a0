"""Every operation of SQS that is served."""

from collections.abc import Sequence
from types import MappingProxyType

from globaltables.companions.service import Implementation, ServiceCall
from globaltables.companions.sqs import (
    acknowledging,
    control,
    moving,
    permissions,
    receiving,
    sending,
)
from globaltables.companions.sqs.form_names import FORM_NAMES
from globaltables.companions.sqs.refusals import ERROR_CODES
from globaltables.companions.sqs.retention import start_retention
from globaltables.companions.sqs.stored import queues_of
from globaltables.foundation.arns import partition_of
from globaltables.itemstore.region import Region


def _resume(region: Region) -> None:
    start_retention(region)
    moving.resume_moves(region)


def _resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARN of the queue that a call is about."""
    request = call.request
    if "SourceArn" in request:
        return (request["SourceArn"],)
    if "QueueUrl" in request:
        account, name = (["", call.account, *request["QueueUrl"].split("/")])[-2:]
    elif "QueueName" in request:
        account, name = call.account, request["QueueName"]
    else:
        return ("*",)
    region = call.region.name
    return (f"arn:{partition_of(region)}:sqs:{region}:{account}:{name}",)


def _policy_of(call: ServiceCall, arn: str) -> str:
    """Return the policy of a queue, empty for none."""
    parts = arn.split(":")
    queue = queues_of(call.region).find(parts[4], parts[5]) if len(parts) == 6 else None
    text: str = "" if queue is None else queue.document["attributes"].get("Policy", "")
    return text


IMPLEMENTATION = Implementation(
    handlers=MappingProxyType(
        {
            "AddPermission": permissions.add_permission,
            "CancelMessageMoveTask": moving.cancel_message_move_task,
            "ChangeMessageVisibility": acknowledging.change_message_visibility,
            "ChangeMessageVisibilityBatch": acknowledging.change_message_visibility_batch,
            "CreateQueue": control.create_queue,
            "DeleteMessage": acknowledging.delete_message,
            "DeleteMessageBatch": acknowledging.delete_message_batch,
            "DeleteQueue": control.delete_queue,
            "GetQueueAttributes": control.get_queue_attributes,
            "GetQueueUrl": control.get_queue_url,
            "ListDeadLetterSourceQueues": control.list_dead_letter_source_queues,
            "ListMessageMoveTasks": moving.list_message_move_tasks,
            "ListQueueTags": permissions.list_queue_tags,
            "ListQueues": control.list_queues,
            "PurgeQueue": control.purge_queue,
            "ReceiveMessage": receiving.receive_message,
            "RemovePermission": permissions.remove_permission,
            "SendMessage": sending.send_message,
            "SendMessageBatch": sending.send_message_batch,
            "SetQueueAttributes": control.set_queue_attributes,
            "StartMessageMoveTask": moving.start_message_move_task,
            "TagQueue": permissions.tag_queue,
            "UntagQueue": permissions.untag_queue,
        }
    ),
    resume=_resume,
    resources=_resources,
    policy_of=_policy_of,
    error_codes=ERROR_CODES,
    form_names=FORM_NAMES,
)
