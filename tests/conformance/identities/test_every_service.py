"""Nobody does anything by default: every operation of every service asks for a permission and for a signature."""

import random
from dataclasses import replace
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from globaltables.companions.registry import SERVICES
from globaltables.companions.tail.services import TAIL_SERVICES
from tests.support.identities import Person, World
from tests.support.service_requests import Known, Requests
from tests.support.service_wire import Message, Sender, Wire, read_model
from tests.support.target import REGION

_TRIES = 150
_UNSIGNED_TRIES = 2
_DENIED = ("AccessDenied", "AuthorizationError")
#: What AWS lets every caller do (API_GetCallerIdentity, API_GetSessionToken).
_FREE = {"sts": {"GetCallerIdentity", "GetSessionToken"}}
_OPERATIONS: dict[str, list[str]] = {
    name: sorted(set(service.load().handlers) - _FREE.get(name, set()))
    for name, service in SERVICES.items()
}


def signed(message: Message, service: str, person: Person, endpoint: str) -> Message:
    """Return a message with a right signature."""
    key, secret, _ = person.credentials
    headers = {
        name: value
        for name, value in message.headers.items()
        if name not in ("Authorization", "X-Amz-Date")
    }
    request = AWSRequest(
        method=message.method, url=endpoint + message.url, data=message.body, headers=headers
    )
    if service == "s3":
        request.headers["X-Amz-Content-SHA256"] = "UNSIGNED-PAYLOAD"
    SigV4Auth(Credentials(key, secret), service, REGION).add_auth(request)
    return replace(message, headers=dict(request.headers.items()))


def _messages(service: str, name: str, tries: int) -> Any:
    model = read_model(SERVICES[service].model_file)
    wire, operation = Wire(service, model), model.operation_model(name)
    for number in range(tries):
        chance = random.Random(f"{service} {name} {number}")
        request = Requests(chance, Known(), careful=number % 5 < 4).request(operation.input_shape)
        try:
            yield wire.message(str(model.metadata["protocol"]), operation, request)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            continue


def _answers(world: World, service: str, name: str, person: Person | None) -> list[Any]:
    """Return the answers to some requests, to the first refused for its permissions."""
    sender = Sender(world.endpoint)
    answers: list[Any] = []
    tries = _UNSIGNED_TRIES if person is None else _TRIES
    try:
        for message in _messages(service, name, tries):
            sent = replace(message, headers=_unsigned(message))
            if person is not None:
                sent = signed(message, service, person, world.endpoint)
            answer = sender.send(sent)
            text = answer.body.decode("utf-8", "replace") + str(answer.headers)
            answers.append((answer.status, text))
            if answer.status == 403 or any(word in text for word in _DENIED):
                break
    finally:
        sender.close()
    return answers


def _unsigned(message: Message) -> dict[str, Any]:
    return {name: one for name, one in message.headers.items() if name != "Authorization"}


@pytest.mark.parametrize("service", SERVICES)
def test_user_without_policies_may_do_nothing(world: World, service: str) -> None:
    """Each operation is refused for its permissions, whatever it is about; none is carried out."""
    nobody = world.user()
    let_in, never_denied = [], []
    for name in _OPERATIONS[service]:
        answers = _answers(world, service, name, nobody)
        let_in += [(name, text[:300]) for status, text in answers if status < 300]
        status, text = answers[-1]
        if status != 403 and not any(word in text for word in _DENIED):
            never_denied.append((name, {text[:160] for _, text in answers}))
    assert not let_in
    assert not never_denied


@pytest.mark.parametrize("service", SERVICES)
def test_requests_without_a_signature_get_nowhere(world: World, service: str) -> None:
    """None of them is carried out; a GET that is for nobody is answered as DynamoDB answers it."""
    healthy = []
    for name in _OPERATIONS[service]:
        for status, text in _answers(world, service, name, None):
            if status < 300 and "healthy: " not in text:
                healthy.append((name, status, text[:300]))
    assert not healthy


@pytest.mark.parametrize("service", TAIL_SERVICES)
def test_user_without_policies_may_do_nothing_with_the_other_services(
    world: World, service: str
) -> None:
    """The services of which no more than the names are known here ask for permissions too."""
    nobody = world.user()
    message = Message(
        "POST", "/", {"X-Amz-Target": "Any.ListThings", "Content-Type": "application/json"}, b"{}"
    )
    sender = Sender(world.endpoint)
    answer = sender.send(signed(message, service, nobody, world.endpoint))
    sender.close()
    assert 500 != answer.status
    assert b"AccessDenied" in answer.body or b"not authorized" in answer.body
