"""The three families of errors: the caller's (ApiError), the world's (OperationalError), ours (AssertionError)."""

from collections.abc import Mapping
from typing import Any

_SERVICE = "com.amazonaws.dynamodb.v20120810#"
_VALIDATE = "com.amazon.coral.validate#"
_FRAMEWORK = "com.amazon.coral.service#"
_AVAILABILITY = "com.amazon.coral.availability#"

#: Where a code is not the service's own, the namespace in which AWS reports it (reference: errors, envelope).
_NAMESPACES: Mapping[str, str] = {
    "ValidationException": _VALIDATE,
    "ThrottlingException": _AVAILABILITY,
    "SerializationException": _FRAMEWORK,
    "UnknownOperationException": _FRAMEWORK,
    "MissingAuthenticationTokenException": _FRAMEWORK,
    "IncompleteSignatureException": _FRAMEWORK,
    "InvalidSignatureException": _FRAMEWORK,
    "UnrecognizedClientException": _FRAMEWORK,
    "AccessDeniedException": _FRAMEWORK,
    "InternalFailure": _FRAMEWORK,
    "ServiceUnavailable": _FRAMEWORK,
}


class ApiError(Exception):
    """A documented refusal, with AWS's exact code and text; part of the product.

    Args:
        code: the error's name, e.g. "ValidationException".
        message: AWS's text; None leaves the member out.
        status: HTTP status, 400 unless AWS says otherwise.
        fields: further members of the error body (Item, CancellationReasons, ThrottlingReasons).
        headers: of the answer, where a service has some.
    """

    def __init__(
        self,
        code: str,
        message: str | None,
        *,
        status: int = 400,
        fields: Mapping[str, Any] | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields
        self.headers = headers

    def body(self) -> dict[str, Any]:
        """Return the JSON body as AWS shapes it: `__type`, `message` (`Message` for SerializationException), fields."""
        answer: dict[str, Any] = {"__type": _NAMESPACES.get(self.code, _SERVICE) + self.code}
        if self.message is not None:
            answer["Message" if self.code == "SerializationException" else "message"] = self.message
        if self.fields:
            answer.update(self.fields)
        return answer


class OperationalError(Exception):
    """The world failed (disk full, peer gone): retried with a limit, or answered 500/503 in one place."""


def validation(message: str) -> ApiError:
    """Return a ValidationException with AWS's text."""
    return ApiError("ValidationException", message)


def invalid_parameters(message: str) -> ApiError:
    """Return a ValidationException whose text begins as AWS's parameter checks do."""
    return ApiError("ValidationException", f"One or more parameter values were invalid: {message}")


def nested_too_deep() -> ApiError:
    """Return the ValidationException of a value whose maps and lists are nested deeper than AWS allows."""
    return validation(
        "Nesting Levels have exceeded supported limits: "
        "Attributes in the item have nested levels beyond supported limit"
    )


def serialization(message: str | None) -> ApiError:
    """Return a SerializationException: the request's JSON does not have the modelled types."""
    return ApiError("SerializationException", message)


def resource_not_found(message: str = "Requested resource not found") -> ApiError:
    """Return a ResourceNotFoundException."""
    return ApiError("ResourceNotFoundException", message)


def resource_in_use(message: str) -> ApiError:
    """Return a ResourceInUseException."""
    return ApiError("ResourceInUseException", message)


def limit_exceeded(message: str) -> ApiError:
    """Return a LimitExceededException."""
    return ApiError("LimitExceededException", message)


def conditional_check_failed(item: Mapping[str, Any] | None = None) -> ApiError:
    """Return a ConditionalCheckFailedException, with the item when ReturnValuesOnConditionCheckFailure asks for it."""
    fields = {"Item": item} if item else None
    return ApiError(
        "ConditionalCheckFailedException", "The conditional request failed", fields=fields
    )


def transaction_conflict() -> ApiError:
    """Return the refusal of a write of one item that a transaction has in its hands."""
    return ApiError("TransactionConflictException", "Transaction is ongoing for the item")
