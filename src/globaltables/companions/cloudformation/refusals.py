"""The refusals of the service, with AWS's codes and texts."""

from globaltables.foundation.errors import ApiError


def invalid(message: str) -> ApiError:
    """Return a ValidationError."""
    return ApiError("ValidationError", message)


def format_error(message: str) -> ApiError:
    """Return the refusal of a template that is not one."""
    return invalid(f"Template format error: {message}")


def template_error(message: str) -> ApiError:
    """Return the refusal of a template whose functions do not work."""
    return invalid(f"Template error: {message}")


def no_such_stack(name: str) -> ApiError:
    """Return the refusal of an operation on a stack that is not there."""
    return invalid(f"Stack with id {name} does not exist")


def already_exists(name: str) -> ApiError:
    """Return the refusal of a name that is taken."""
    return ApiError("AlreadyExistsException", f"Stack [{name}] already exists")


def insufficient_capabilities(missing: list[str]) -> ApiError:
    """Return the refusal of a template that does more than the caller acknowledged."""
    return ApiError(
        "InsufficientCapabilitiesException", f"Requires capabilities : [{', '.join(missing)}]"
    )
