"""Dynamic references: values that are fetched from Parameter Store or Secrets Manager when they are needed."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from globaltables.companions.cloudformation.refusals import template_error
from globaltables.foundation.errors import ApiError

#: Carries out an operation of a service: service, operation, members.
Ask = Callable[[str, str, dict[str, Any]], Awaitable[dict[str, Any]]]
_REFERENCE = re.compile(r"\{\{resolve:([a-z-]+):([^{}]*)\}\}")


async def resolve_references(value: Any, ask: Ask) -> Any:
    """Return a value with the dynamic references in its texts replaced by what they stand for.

    Raises:
        ApiError: ValidationError; one cannot be resolved.
    """
    if isinstance(value, dict):
        return {key: await resolve_references(inner, ask) for key, inner in value.items()}
    if isinstance(value, list):
        return [await resolve_references(inner, ask) for inner in value]
    if not isinstance(value, str) or "{{resolve:" not in value:
        return value
    parts, position = [], 0
    for found in _REFERENCE.finditer(value):
        parts.append(value[position : found.start()])
        parts.append(await _resolved(found[1], found[2], ask))
        position = found.end()
    return "".join([*parts, value[position:]])


async def _resolved(kind: str, name: str, ask: Ask) -> str:
    try:
        match kind:
            case "ssm" | "ssm-secure":
                request = {"Name": name, "WithDecryption": kind == "ssm-secure"}
                answer = await ask("ssm", "GetParameter", request)
                return str(answer["Parameter"]["Value"])
            case "secretsmanager":
                return await _secret(name, ask)
            case _:
                raise template_error(
                    f"Could not parse SecretsManager or SSM reference: {kind}:{name}"
                )
    except ApiError as error:
        if error.code == "ValidationError":
            raise
        raise template_error(
            f"Could not resolve the dynamic reference {kind}:{name}: {error.message}"
        ) from None


async def _secret(reference: str, ask: Ask) -> str:
    if reference.startswith("arn:"):
        parts = reference.split(":")
        name, rest = ":".join(parts[:7]), parts[7:]
    else:
        name, *rest = reference.split(":")
    kind, key, stage, version = (*rest, "", "", "", "")[:4]
    if kind not in {"", "SecretString"}:
        raise template_error(f"A secret has no {kind}")
    request = {"SecretId": name}
    if stage:
        request["VersionStage"] = stage
    if version:
        request["VersionId"] = version
    text = str((await ask("secretsmanager", "GetSecretValue", request))["SecretString"])
    if not key:
        return text
    try:
        return str(orjson.loads(text)[key])
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise template_error(f"Could not find a value associated with JSONKey {key}") from None
