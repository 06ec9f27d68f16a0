"""How Lambda refuses."""

from globaltables.foundation.errors import ApiError


def invalid_parameter(message: str) -> ApiError:
    """Return an InvalidParameterValueException."""
    return ApiError("InvalidParameterValueException", message, fields={"Type": "User"})


def unsupported(what: str) -> ApiError:
    """Return the refusal of what AWS has and globaltables has not, by its name."""
    return invalid_parameter(
        f"{what} is not supported by globaltables; see docs/services/lambda.md"
    )


def not_found(message: str) -> ApiError:
    """Return a ResourceNotFoundException."""
    return ApiError("ResourceNotFoundException", message, status=404, fields={"Type": "User"})


def function_not_found(arn: str) -> ApiError:
    """Return the refusal of a function, version or alias that is not there."""
    return not_found(f"Function not found: {arn}")


def conflict(message: str) -> ApiError:
    """Return a ResourceConflictException."""
    return ApiError("ResourceConflictException", message, status=409, fields={"Type": "User"})


def stale_revision(operations: str) -> ApiError:
    """Return the refusal of a change of something that was changed meanwhile.

    Args:
        operations: that tell the revision, e.g. "GetFunction/GetAlias".
    """
    return ApiError(
        "PreconditionFailedException",
        "The Revision Id provided does not match the latest Revision Id. "
        f"Call the {operations} API to retrieve the latest Revision Id",
        status=412,
        fields={"Type": "User"},
    )


def too_many_requests(reason: str) -> ApiError:
    """Return a TooManyRequestsException.

    Args:
        reason: as the model has it.
    """
    return ApiError(
        "TooManyRequestsException",
        "Rate Exceeded.",
        status=429,
        fields={"Reason": reason, "Type": "User"},
    )


def above(value: float, member: str, most: int) -> ApiError:
    """Return the refusal of a number that the model takes and Lambda does not."""
    return ApiError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
        f"Member must have value less than or equal to {most}",
    )
