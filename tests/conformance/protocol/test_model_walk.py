"""Every operation of AWS's model, every member at every depth, every kind of mistake: answered as AWS answers it."""

from collections.abc import Iterator

import pytest

from globaltables.operations.registry import HANDLERS
from tests.support.in_process import InProcess
from tests.support.model_walk import Walker, operations
from tests.support.target import Reply

_OPERATIONS = dict(operations())
_SERVED = [target for target in _OPERATIONS if target in HANDLERS]


@pytest.fixture(scope="module")
def node() -> Iterator[InProcess]:
    """A node in memory for all of them; what a request happens to change stays."""
    with InProcess() as made:
        yield made


def _fault(reply: Reply, code: str, path: str) -> str:
    """Return what is wrong with a refusal, nothing when it is AWS's."""
    errors = [one.get("Error", {}).get("Code") for one in reply.body.get("Responses", ())]
    if code == "ValidationException" and errors == ["ValidationError"]:
        return ""  # of a statement of a batch
    if (reply.status, reply.code) != (400, code):
        return f"{reply.status} {reply.code}: {reply.message:.90}, expected {code}"
    if code == "ValidationException":
        if not reply.message:
            return "no message"
        listed = "detected: Value" in reply.message
        if listed and path and f"'{path}" not in reply.message.replace("'Limit'", "'limit'"):
            return f"{reply.message:.120}, expected {path}"
    return ""


@pytest.mark.parametrize("target", _OPERATIONS)
def test_request_that_is_minimal_is_no_failure_of_ours(node: InProcess, target: str) -> None:
    """What the model requires passes every check of its form; what is not served says so."""
    reply = node.ask(target, Walker(_OPERATIONS[target]).minimal())

    if target in HANDLERS:
        assert reply.status in {200, 400}, reply
        assert reply.code not in {"SerializationException", "UnknownOperationException"}, reply
    else:
        assert (400, "UnknownOperationException") == (reply.status, reply.code)


@pytest.mark.parametrize("target", _SERVED)
def test_request_that_is_spoiled_is_refused_in_every_place(node: InProcess, target: str) -> None:
    """Wrong types are SerializationException, everything else that the model forbids ValidationException."""
    faults = []
    for case in Walker(_OPERATIONS[target]).wrong():
        fault = _fault(node.ask(target, case.request), case.code, case.path)
        if fault:
            faults.append(f"{case.what}: {fault}")

    assert [] == faults


@pytest.mark.parametrize("target", _SERVED)
def test_null_and_unknown_members_are_as_if_they_were_not_there(
    node: InProcess, target: str
) -> None:
    """AWS's parser passes over both."""
    faults = []
    for what, request, left in Walker(_OPERATIONS[target]).harmless():
        without, reply = node.ask(target, left), node.ask(target, request)
        if 200 not in {without.status, reply.status} and without.code != reply.code:
            faults.append(f"{what}: {reply.code} {reply.message}, without it {without.code}")
        if reply.status not in {200, 400}:
            faults.append(f"{what}: {reply.status}")

    assert [] == faults
