"""What a service answers, in bytes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Response:
    """One answer.

    Attributes:
        status: of HTTP.
        body: complete.
        content_type: empty for none.
        headers: further ones, names as they are sent.
    """

    status: int
    body: bytes
    content_type: str = ""
    headers: tuple[tuple[str, str], ...] = ()
