"""Where templates come from: the request, a bucket, or the parts of AWS::Include."""

import re
from typing import Any
from urllib.parse import unquote, urlsplit

from globaltables.companions.cloudformation.dynamic_references import Ask
from globaltables.companions.cloudformation.refusals import invalid, template_error
from globaltables.companions.cloudformation.templates.document import read_template
from globaltables.foundation.errors import ApiError

_VIRTUAL_HOST = re.compile(r"^(?P<bucket>.+?)\.s3[.-]")
_INCLUDE = "AWS::Include"


async def template_text(body: str | None, url: str | None, ask: Ask) -> tuple[str, bool]:
    """Return the text of a template, and whether it is from a bucket.

    Args:
        body: the request's TemplateBody.
        url: the request's TemplateURL.
        ask: carries out operations of other services.

    Raises:
        ApiError: ValidationError; neither or both are given, or there is nothing at the URL.
    """
    if body is not None and url is not None:
        raise invalid("Only one of TemplateBody or TemplateURL may be specified.")
    if body is not None:
        return body, False
    if url is None:
        raise invalid("Either Template URL or Template Body must be specified.")
    return await object_text(url, ask), True


async def object_text(url: str, ask: Ask) -> str:
    """Return the text of an object by its URL.

    Raises:
        ApiError: ValidationError.
    """
    bucket, key, version = _place(url)
    request = {"Bucket": bucket, "Key": key}
    if version:
        request["VersionId"] = version
    try:
        answer = await ask("s3", "GetObject", request)
    except ApiError as error:
        raise invalid(f"S3 error: {error.message}") from None
    try:
        return _bytes(answer["Body"]).decode()
    except UnicodeDecodeError:
        raise invalid("The template is no text in UTF-8") from None


async def include_parts(node: Any, ask: Ask) -> Any:
    """Return a part of a template with every AWS::Include replaced by what it includes.

    Raises:
        ApiError: ValidationError.
    """
    if isinstance(node, list):
        return [await include_parts(inner, ask) for inner in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: await include_parts(inner, ask)
        for key, inner in node.items()
        if key != "Fn::Transform"
    }
    if "Fn::Transform" in node:
        included = await _included(node["Fn::Transform"], ask)
        if not made:
            return included
        made.update(included if isinstance(included, dict) else {})
    declared = made.get("Transform")
    if isinstance(declared, dict) and declared.get("Name") == _INCLUDE:
        included = await _included(declared, ask)
        del made["Transform"]
        return {**included, **made}
    return made


async def _included(transform: Any, ask: Ask) -> Any:
    if not isinstance(transform, dict) or transform.get("Name") != _INCLUDE:
        name = transform.get("Name") if isinstance(transform, dict) else transform
        raise template_error(f"No transform named {name} found.")
    location = (transform.get("Parameters") or {}).get("Location")
    if not isinstance(location, str):
        raise template_error("AWS::Include needs the parameter Location")
    text = await object_text(location, ask)
    return await include_parts(read_template(text, from_bucket=True), ask)


def _place(url: str) -> tuple[str, str, str]:
    """Return bucket, key and version of an object's URL, in any of the forms that there are."""
    parts = urlsplit(url)
    path = unquote(parts.path).lstrip("/")
    version = next(
        (pair[10:] for pair in parts.query.split("&") if pair.startswith("versionId=")), ""
    )
    if parts.scheme == "s3":
        return parts.netloc, path, version
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"}:
        raise invalid("TemplateURL must be a supported URL.")
    found = _VIRTUAL_HOST.match(host)
    if found is not None:
        return found["bucket"], path, version
    bucket, _, key = path.partition("/")
    if not bucket or not key:
        raise invalid("TemplateURL must reference a valid S3 object to which you have access.")
    return bucket, key, version


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else bytes(body)
