"""Whatever is asked of a service around the tables: an answer or AWS's refusal, in the protocol of the request.

What failed is repeated with its seed: FUZZ_SERVICES_SEED=7 pytest tests/properties/test_fuzz_services.py -k sqs.
FUZZ_SERVICES_REQUESTS says how many requests every operation gets.
"""

import os
import random
from collections.abc import Iterator

import pytest

from globaltables.companions.registry import SERVICES
from tests.support.server import Server
from tests.support.service_requests import Known, Requests
from tests.support.service_wire import Message, Sender, Wire, protocols_of, read_model

_OF_EACH_OPERATION = int(os.environ.get("FUZZ_SERVICES_REQUESTS", "10"))
_SPOILED = 0.2
_FAULTS_MAX = 40


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Server]:
    """A server of its own: what is asked for here may fill it or turn it upside down."""
    with Server("--in-memory") as running:
        yield running


class Conversation:
    """Asks one service, and looks for faults in its answers and in the server's log.

    Args:
        server: what is asked.
        service: the name that requests are signed for.
    """

    def __init__(self, server: Server, service: str) -> None:
        self._server = server
        self._model = read_model(SERVICES[service].model_file)
        self._wire = Wire(service, self._model)
        self._protocols = protocols_of(self._model)
        self._sender = Sender(server.endpoint)
        self._known = Known()
        self._seen = len(server.output)
        self.statuses: dict[int, int] = {}

    def ask(self, name: str, chance: random.Random) -> str:
        """Send one request and return what is wrong with what follows; empty when nothing is."""
        operation = self._model.operation_model(name)
        protocol = chance.choice(self._protocols)
        request = Requests(chance, self._known).request(operation.input_shape)
        try:
            message = self._wire.message(protocol, operation, request)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
            return ""  # no client writes this
        spoiled = chance.random() < _SPOILED
        if spoiled:
            message = self._wire.spoiled(chance, protocol, message)
        try:
            answer = self._sender.send(message)
        except OSError as error:
            self._sender.close()
            return self._report(f"no answer: {error!r}", message)
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        fault = self._wire.fault(protocol, operation, message.method, answer)
        fault = fault if not (spoiled and fault.startswith("unreadable")) else ""
        if answer.status < 300 and not spoiled and not fault:
            self._known.learn(self._wire.read(protocol, operation, answer))
            self._known.learn(request)
        return self._report(fault, message)

    def close(self) -> None:
        """Close the connection."""
        self._sender.close()

    def _report(self, fault: str, message: Message) -> str:
        lines = self._server.output[self._seen :]
        self._seen += len(lines)
        log = "".join(lines)
        if not fault and "Traceback" not in log:
            return ""
        sent = f"{message.method} {message.url:.600} {message.body[:900]!r}"
        return f"{fault or 'a traceback in the log'}\n{sent}\n{log[-3000:]}"


@pytest.mark.parametrize("service", SERVICES)
def test_requests_of_any_service_are_answered_or_refused(
    fuzzed: Server, service: str, fuzz_seed: int
) -> None:
    """Nearly right and spoiled requests of every operation, in an order that chance decides."""
    seed = int(os.environ.get("FUZZ_SERVICES_SEED", fuzz_seed))
    order = [name for name in SERVICES[service].load().handlers for _ in range(_OF_EACH_OPERATION)]
    random.Random(seed).shuffle(order)
    conversation = Conversation(fuzzed, service)
    faults: list[str] = []
    try:
        for number, name in enumerate(order):
            fault = conversation.ask(name, random.Random(f"{service} {seed} {number}"))
            if fault:
                faults.append(f"FUZZ_SERVICES_SEED={seed}, request {number}, {name}: {fault}")
            if len(faults) >= _FAULTS_MAX:
                break
    finally:
        conversation.close()
    assert not faults, "\n\n".join(faults)
