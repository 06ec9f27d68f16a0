"""Canonical requests of Signature Version 4: the text that a client hashed and signed.

Source: "Create a signed AWS API request" in the IAM user guide, and AWS's published signature test suite.
"""

import re
from urllib.parse import quote, unquote_to_bytes

_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://[^/?]*")
_UNRESERVED = "-_.~"


def split_url(url: bytes) -> tuple[bytes, bytes]:
    """Return path and query of a request line's URL; the absolute form that proxies use loses its authority."""
    if not url.startswith(b"/"):
        url = _ABSOLUTE.sub(b"", url, count=1) or b"/"
    path, _, query = url.partition(b"?")
    return path or b"/", query


def query_pairs(query: bytes) -> list[tuple[bytes, bytes]]:
    """Return the decoded names and values of a query string in the order given."""
    pairs = []
    for part in query.split(b"&"):
        if part:
            name, _, value = part.replace(b"+", b" ").partition(b"=")
            pairs.append((unquote_to_bytes(name), unquote_to_bytes(value)))
    return pairs


def canonical_path(path: bytes) -> bytes:
    """Return the path without dot segments and doubled slashes, every segment percent-encoded once more."""
    segments: list[bytes] = []
    for segment in path.split(b"/"):
        if segment == b"..":
            if segments:
                segments.pop()
        elif segment not in (b"", b"."):
            segments.append(segment)
    text = b"/" + b"/".join(segments)
    if segments and path.endswith(b"/"):
        text += b"/"
    return quote(text, safe="/" + _UNRESERVED).encode()


def canonical_query(query: bytes) -> bytes:
    """Return the query's pairs encoded and sorted, without the signature itself."""
    encoded = sorted(
        (quote(name, safe=_UNRESERVED), quote(value, safe=_UNRESERVED))
        for name, value in query_pairs(query)
        if name != b"X-Amz-Signature"
    )
    return "&".join(f"{name}={value}" for name, value in encoded).encode()


def canonical_start(method: bytes, url: bytes) -> bytes:
    """Return the first three lines: method, path and query."""
    if url == b"/":
        return method + b"\n/\n\n"
    path, query = split_url(url)
    return b"%b\n%b\n%b\n" % (method, canonical_path(path), canonical_query(query))
