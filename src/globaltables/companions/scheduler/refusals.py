"""What the Scheduler refuses, with its codes and texts."""

from globaltables.foundation.errors import ApiError, validation


def no_schedule(name: str) -> ApiError:
    """Return the refusal of what is about a schedule that is not there."""
    return ApiError("ResourceNotFoundException", f"Schedule {name} does not exist.", status=404)


def no_group(name: str) -> ApiError:
    """Return the refusal of what is about a group that is not there."""
    return ApiError(
        "ResourceNotFoundException", f"Schedule group {name} does not exist.", status=404
    )


def conflict(message: str) -> ApiError:
    """Return the refusal of what is there already."""
    return ApiError("ConflictException", message, status=409)


def wrong_token() -> ApiError:
    """Return the refusal of a token of a page."""
    return validation("Invalid NextToken.")
