"""What EventBridge refuses, with its codes and texts."""

from globaltables.foundation.errors import ApiError, validation


def no_bus(name: str) -> ApiError:
    """Return the refusal of what is about a bus that is not there."""
    return ApiError("ResourceNotFoundException", f"Event bus {name} does not exist.")


def no_rule(name: str, bus: str) -> ApiError:
    """Return the refusal of what is about a rule that is not there."""
    return ApiError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus {bus}.")


def bad_pattern(reason: str) -> ApiError:
    """Return the refusal of an event pattern."""
    return ApiError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")


def bad_schedule() -> ApiError:
    """Return the refusal of a schedule expression."""
    return validation("Parameter ScheduleExpression is not valid.")


def unsupported(what: str) -> ApiError:
    """Return the refusal of what is not there yet."""
    return validation(f"{what} is not supported by globaltables; see docs/compatibility.md")


def wrong_token() -> ApiError:
    """Return the refusal of a token of a page."""
    return validation("Parameter NextToken is not valid.")
