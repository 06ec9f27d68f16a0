"""Fixtures of the tests of Fault Injection Service."""

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from tests.support.experiments import template
from tests.support.target import Target


@pytest.fixture
def service(target: Target) -> Any:
    """A client of the service; there are no type stubs for it."""
    return target.fault_injection()


@pytest.fixture
def make_template(service: Any, table_name: str) -> Any:
    """Make templates that go away with the test; the answer is the template."""
    made: list[str] = []
    numbers = count()

    def make(**members: Any) -> dict[str, Any]:
        token = f"{table_name}-{next(numbers)}"
        answer = service.create_experiment_template(**template(clientToken=token, **members))
        made.append(answer["experimentTemplate"]["id"])
        created: dict[str, Any] = answer["experimentTemplate"]
        return created

    yield make
    for one in made:
        try:
            service.delete_experiment_template(id=one)
        except service.exceptions.ResourceNotFoundException:
            continue  # the test deleted it


@pytest.fixture
def run(service: Any, make_template: Callable[..., dict[str, Any]]) -> Any:
    """Start experiments that end with the test; the answer is the experiment."""
    started: list[str] = []

    def start(options: dict[str, str] | None = None, **members: Any) -> dict[str, Any]:
        chosen = {} if options is None else {"experimentOptions": options}
        made = make_template(**members)["id"]
        experiment: dict[str, Any] = service.start_experiment(
            experimentTemplateId=made, tags={"by": "test"}, **chosen
        )["experiment"]
        started.append(experiment["id"])
        return experiment

    yield start
    for one in started:
        try:
            service.stop_experiment(id=one)
        except service.exceptions.ValidationException:
            continue  # it has ended
