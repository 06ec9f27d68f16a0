"""What the service keeps: templates, experiments and the tokens of their creation; their ids and ARNs."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any, Literal, TypeVar

import orjson

from globaltables.companions.records import Document, Records
from globaltables.companions.service import ServiceCall
from globaltables.foundation.arns import partition_of
from globaltables.foundation.errors import ApiError, resource_not_found, validation
from globaltables.foundation.limits import FIS_LIST_MAX
from globaltables.itemstore.stage import Stage
from globaltables.runtime.randomness import Randomness

T = TypeVar("T")
Kind = Literal["experiment-template", "experiment"]
_SERVICE = "fis"
#: By id: `template` in the form of the API, and `token`: the name of its token's record.
TEMPLATES = Records(_SERVICE, "experiment-template")
#: By id: `experiment` in the form of the API, `resolved`: by target, ARNs once they are known, and `token` as above.
EXPERIMENTS = Records(_SERVICE, "experiment")
_TOKENS = Records(_SERVICE, "token")
_ID_CHARACTERS = 15
_PREFIXES: Mapping[Kind, str] = {"experiment-template": "EXT", "experiment": "EXP"}


def new_id(kind: Kind, randomness: Randomness) -> str:
    """Return an id as AWS's look."""
    return _PREFIXES[kind] + randomness.uuid().replace("-", "")[:_ID_CHARACTERS]


def arn_of(call: ServiceCall, kind: str, name: str) -> str:
    """Return the ARN of something of the service."""
    region = call.region.name
    return f"arn:{partition_of(region)}:{_SERVICE}:{region}:{call.account}:{kind}/{name}"


def conflict(message: str) -> ApiError:
    """Return a ConflictException."""
    return ApiError("ConflictException", message)


def quota_exceeded(message: str) -> ApiError:
    """Return a ServiceQuotaExceededException."""
    return ApiError("ServiceQuotaExceededException", message)


def template_of(call: ServiceCall, stage: Stage, template_id: str) -> Document:
    """Return the record of a template.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    found = TEMPLATES.get(stage, call.account, template_id)
    if found is None:
        raise resource_not_found(f"Experiment template {template_id} does not exist.")
    return found


def experiment_of(call: ServiceCall, stage: Stage, experiment_id: str) -> Document:
    """Return the record of an experiment.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    found = EXPERIMENTS.get(stage, call.account, experiment_id)
    if found is None:
        raise resource_not_found(f"Experiment {experiment_id} does not exist.")
    return found


def made_before(call: ServiceCall, stage: Stage, kind: Kind) -> str | None:
    """Return the id of what an earlier request with the same token made, None for a token that is new.

    Raises:
        ApiError: ConflictException when that request was another one.
    """
    known = _TOKENS.get(stage, call.account, _token(call, kind))
    if known is None:
        return None
    if known["request"] != _digest(call.request):
        raise conflict("The client token was used before, with other parameters.")
    made: str = known["id"]
    return made


def remember_token(call: ServiceCall, stage: Stage, kind: Kind, made: str) -> str:
    """Stage what a request with a token has made, and return the name of that record."""
    token = _token(call, kind)
    _TOKENS.put(stage, call.account, token, {"id": made, "request": _digest(call.request)})
    return token


def forget_token(call: ServiceCall, stage: Stage, record: Document) -> None:
    """Stage the end of the token with which something was made that is gone."""
    _TOKENS.put(stage, call.account, record["token"], None)


def page(
    request: dict[str, Any], found: Sequence[T], member: str, size_max: int = FIS_LIST_MAX
) -> dict[str, Any]:
    """Return the answer of an operation that lists, a page of it.

    Args:
        request: may have maxResults and nextToken.
        found: everything, in the same order for every page.
        member: of the answer; a token is good for one list.
        size_max: of a page.

    Raises:
        ApiError: ValidationException when the token is none of this list.
    """
    start = _start(request.get("nextToken"), member)
    end = start + request.get("maxResults", size_max)
    answer: dict[str, Any] = {member: found[start:end]}
    if end < len(found):
        answer["nextToken"] = urlsafe_b64encode(f"{member}:{end}".encode()).decode()
    return answer


def _start(token: str | None, member: str) -> int:
    if token is None:
        return 0
    try:
        kind, _, start = urlsafe_b64decode(token).decode().partition(":")
        if kind == member and start.isdecimal():
            return int(start)
    except ValueError:
        pass  # answered like a token of another list
    raise validation("The next token is invalid.")


def _token(call: ServiceCall, kind: Kind) -> str:
    """Return the name of a token's record; a token may be long and have any character."""
    return blake2b(f"{kind}:{call.request['clientToken']}".encode(), digest_size=16).hexdigest()


def _digest(request: dict[str, Any]) -> str:
    return blake2b(orjson.dumps(request, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
