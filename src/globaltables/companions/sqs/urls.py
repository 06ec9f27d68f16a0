"""Queue URLs: on the endpoint that the client has asked, so that it reaches them."""

import re

from globaltables.companions.service import ServiceCall
from globaltables.companions.sqs.queue import Queue
from globaltables.companions.sqs.refusals import no_queue
from globaltables.companions.sqs.stored import Queues, queues_of
from globaltables.foundation.errors import ApiError

_URL = re.compile(r"(?:https?://[^/]+)?/(\d{12})/([A-Za-z0-9_.-]+)")


def url_of(call: ServiceCall, account: str, name: str) -> str:
    """Return a queue's URL; one that is asked for inside the process is AWS's."""
    if call.http is None:
        return f"https://sqs.{call.region.name}.amazonaws.com/{account}/{name}"
    scheme = "https" if call.http.encrypted else "http"
    host = call.http.headers.get(b"host", b"").decode("latin-1")
    return f"{scheme}://{host}/{account}/{name}"


def queue_of(call: ServiceCall, queues: Queues | None = None) -> Queue:
    """Return the queue that a request's QueueUrl names.

    Raises:
        ApiError: it is none, or is not there.
    """
    url: str = call.request["QueueUrl"]
    found = _URL.fullmatch(url)
    if found is None:
        if "/" not in url and url:  # AWS takes a name alone
            return (queues or queues_of(call.region)).get(call.account, url)
        raise ApiError("InvalidAddress", f"The address {url} is not valid for this endpoint.")
    account, name = found.groups()
    queue = (queues or queues_of(call.region)).find(account, name)
    if queue is None:
        raise no_queue()
    return queue
