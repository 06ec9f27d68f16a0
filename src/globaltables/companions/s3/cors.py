"""What browsers are told about pages of other origins, by the rules of a bucket."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from globaltables.companions.s3.refusals import malformed_xml, s3_error

_METHODS = frozenset({"GET", "PUT", "HEAD", "POST", "DELETE"})
_RULES_MAX = 100


def check_rules(document: Mapping[str, Any]) -> None:
    """Check the rules that a bucket is to have.

    Raises:
        ApiError: MalformedXML, InvalidRequest.
    """
    rules = document.get("CORSRules") or []
    if not 0 < len(rules) <= _RULES_MAX:
        raise malformed_xml()
    for rule in rules:
        for method in rule["AllowedMethods"]:
            if method not in _METHODS:
                msg = (
                    f"Found unsupported HTTP method in CORS config. Unsupported method is {method}"
                )
                raise s3_error("InvalidRequest", msg)
        for origin in rule["AllowedOrigins"]:
            if origin.count("*") > 1:
                msg = f'AllowedOrigin "{origin}" can not have more than one wildcard.'
                raise s3_error("InvalidRequest", msg)


def headers_for(rules: Sequence[Mapping[str, Any]], origin: str, method: str) -> bytes:
    """Return the header lines of an answer to a page; none when no rule lets it in."""
    for rule in rules:
        if method not in rule["AllowedMethods"]:
            continue
        pattern = next((one for one in rule["AllowedOrigins"] if _fits(origin, one)), None)
        if pattern is None:
            continue
        lines = [f"Access-Control-Allow-Origin: {'*' if pattern == '*' else origin}"]
        lines.append(f"Access-Control-Allow-Methods: {', '.join(rule['AllowedMethods'])}")
        if rule.get("ExposeHeaders"):
            lines.append(f"Access-Control-Expose-Headers: {', '.join(rule['ExposeHeaders'])}")
        if rule.get("MaxAgeSeconds") is not None:
            lines.append(f"Access-Control-Max-Age: {rule['MaxAgeSeconds']}")
        if pattern != "*":
            lines.append("Access-Control-Allow-Credentials: true")
        lines.append("Vary: Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
        return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace")
    return b""


def _fits(origin: str, pattern: str) -> bool:
    return fnmatchcase(origin, pattern.replace("[", "[[]").replace("?", "[?]"))
