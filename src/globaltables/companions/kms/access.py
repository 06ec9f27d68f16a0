"""The keys that a request is about, as policies name them, and the policies of keys."""

from collections.abc import Sequence

from globaltables.companions.kms import ciphertexts
from globaltables.companions.kms.finding import ALIASES
from globaltables.companions.kms.keys import alias_arn, key_arn, load_key
from globaltables.companions.service import ServiceCall
from globaltables.foundation.errors import ApiError

_KEYS = ("KeyId", "SourceKeyId", "TargetKeyId", "DestinationKeyId")


def resources(call: ServiceCall) -> Sequence[str]:
    """Return the ARNs that a request is about: a key by whatever name, and an alias that is changed."""
    region, account = call.region.name, call.account
    named = [
        _key_arn(call, call.request[member])
        for member in _KEYS
        if call.request.get(member) is not None
    ]
    if "AliasName" in call.request:
        named.append(alias_arn(region, account, call.request["AliasName"]))
    if "CiphertextBlob" in call.request and not ({"KeyId", "SourceKeyId"} & call.request.keys()):
        try:
            key_id = ciphertexts.read(call.request["CiphertextBlob"]).key_id
        except ApiError:
            return named or ("*",)
        named.append(key_arn(region, account, key_id))
    return named or ("*",)


def policy_of(call: ServiceCall, arn: str) -> str:
    """Return the policy of the key of an ARN, empty for what has none."""
    kind, _, key_id = arn.split(":", 5)[-1].partition("/")
    if kind != "key":
        return ""
    region = call.region
    key = load_key(region.store.reader(), call.account, key_id, region.clock.now_ms())
    return "" if key is None else key.policy


def _key_arn(call: ServiceCall, name: str) -> str:
    region, account = call.region.name, call.account
    if ":alias/" in name:
        name = name.split(":", 5)[-1]
    if name.startswith("arn:"):
        return name
    if name.startswith("alias/"):
        alias = ALIASES.get(call.region.store.reader(), account, name)
        return (
            alias_arn(region, account, name)
            if alias is None
            else key_arn(region, account, alias["target"])
        )
    return key_arn(region, account, name.removeprefix("key/"))
