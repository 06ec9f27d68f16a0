"""What SNS refuses, with its codes and texts."""

from globaltables.foundation.errors import ApiError


def invalid(message: str) -> ApiError:
    """Return the refusal of a parameter."""
    return ApiError("InvalidParameter", f"Invalid parameter: {message}")


def no_topic() -> ApiError:
    """Return the refusal of what is about a topic that is not there."""
    return ApiError("NotFound", "Topic does not exist", status=404)


def no_subscription() -> ApiError:
    """Return the refusal of what is about a subscription that is not there."""
    return ApiError("NotFound", "Subscription does not exist", status=404)


def wrong_token() -> ApiError:
    """Return the refusal of a token of a page."""
    return invalid("NextToken Reason: the token is not valid")


def unsupported(what: str) -> ApiError:
    """Return the refusal of what is not there yet."""
    return invalid(f"{what} is not supported by globaltables; see docs/compatibility.md")
