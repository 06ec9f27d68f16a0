"""Routing, parsing and refusals of REST with JSON, over the model of Fault Injection Service."""

from typing import Any

import pytest

from globaltables.api.rest_model import RestModel, read_rest_model
from globaltables.companions.rest_json import Routes, refusal, request_of, success
from globaltables.foundation.errors import ApiError


@pytest.fixture(scope="module")
def model() -> RestModel:
    """The model of a service that has all kinds of members."""
    return read_rest_model("fis/2020-12-01/service-2.json.gz")


@pytest.fixture(scope="module")
def routes(model: RestModel) -> Routes:
    """Its routes."""
    return Routes(model)


@pytest.mark.parametrize(
    ("method", "path", "name", "labels"),
    [
        ("GET", "/experiments", "ListExperiments", {}),
        ("POST", "/experiments", "StartExperiment", {}),
        ("DELETE", "/experiments/EXP1", "StopExperiment", {"id": "EXP1"}),
        ("GET", "/experiments/EXP1/resolvedTargets", "ListExperimentResolvedTargets", {"id": "EXP1"}),
        ("GET", "/actions/aws%3Afis%3Await", "GetAction", {"id": "aws:fis:wait"}),
        ("PATCH", "/experimentTemplates/EXT1/", "UpdateExperimentTemplate", {"id": "EXT1"}),
        (
            "GET",
            "/tags/arn%3Aaws%3Afis%3Aus-east-1%3A1%3Aexperiment%2FEXP1",
            "ListTagsForResource",
            {"resourceArn": "arn:aws:fis:us-east-1:1:experiment/EXP1"},
        ),
    ],
)  # fmt: skip
def test_find_names_the_operation_of_a_method_and_path(
    routes: Routes, method: str, path: str, name: str, labels: dict[str, str]
) -> None:
    """Labels are decoded after the path was taken apart."""
    found = routes.find(method, path)

    assert found is not None
    assert (name, labels) == (found[0].name, found[1])


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("PUT", "/experiments"), ("GET", "/experiments/a/b/c"), ("GET", "/tags//")],
)
def test_find_of_what_the_service_lacks_is_none(routes: Routes, method: str, path: str) -> None:
    """Also when only the method differs."""
    assert routes.find(method, path) is None


def _request(routes: Routes, method: str, url: str, body: bytes = b"") -> dict[str, Any]:
    path, _, query = url.partition("?")
    found = routes.find(method, path)
    assert found is not None
    return request_of(*found, query, body)


def test_request_has_the_members_of_path_query_and_body(routes: Routes) -> None:
    """Numbers and lists of the query have their types; what the model does not have is left out."""
    listed = _request(routes, "GET", "/experiments?maxResults=7&experimentTemplateId=E%2B1&x=1")
    untagged = _request(
        routes, "DELETE", "/tags/arn%3Aaws%3Afis%3Aus-east-1%3A1?tagKeys=a&tagKeys=b"
    )
    started = _request(
        routes, "POST", "/experiments", b'{"clientToken":"t","experimentTemplateId":"E","x":1}'
    )

    assert {"maxResults": 7, "experimentTemplateId": "E+1"} == listed
    assert ["a", "b"] == untagged["tagKeys"]
    assert {"clientToken": "t", "experimentTemplateId": "E"} == started


@pytest.mark.parametrize(
    ("method", "url", "body", "code", "text"),
    [
        ("GET", "/experiments?maxResults=many", b"", "SerializationException", "'many' can not be"),
        ("GET", "/experiments?maxResults=0", b"", "ValidationException", "greater than or equal"),
        ("POST", "/experiments", b"{", "SerializationException", ""),
        ("POST", "/experiments", b"[]", "SerializationException", ""),
        ("POST", "/experiments", b"{}", "ValidationException", "Member must not be null"),
        ("POST", "/experiments", b'{"clientToken":1}', "SerializationException", "String"),
    ],
)
def test_request_that_does_not_fit_the_model_is_refused(
    routes: Routes, method: str, url: str, body: bytes, code: str, text: str
) -> None:
    """Before any handler sees it."""
    with pytest.raises(ApiError) as refused:
        _request(routes, method, url, body)

    assert code == refused.value.code
    assert text in (refused.value.message or "")


def test_member_of_the_path_cannot_come_in_the_body(routes: Routes) -> None:
    """The path decides."""
    request = _request(routes, "PATCH", "/experimentTemplates/EXT1", b'{"id":"EXT2"}')

    assert {"id": "EXT1"} == request


def test_responses_have_the_statuses_of_the_model(model: RestModel) -> None:
    """An error's code is in a header, its text in the body."""
    operation = model.operations[0]

    assert (200, b'{"a":1}', "") == _parts(success(operation, {"a": 1}))
    assert (409, b'{"message":"no"}', "ConflictException") == _parts(
        refusal(ApiError("ConflictException", "no"), model.error_status)
    )
    assert (400, b"{}", "SerializationException") == _parts(
        refusal(ApiError("SerializationException", None), model.error_status)
    )


def _parts(response: Any) -> tuple[int, bytes, str]:
    return response.status, response.body, response.error
