"""Changing a key: one decision that reads it again, stores it, and lets the tables under it follow."""

from collections.abc import Callable

from globaltables.companions.kms.errors import access_denied
from globaltables.companions.kms.finding import Asked, existing, find_key
from globaltables.companions.kms.keys import Key, save_key
from globaltables.companions.kms.tables import settle_tables, settled_at
from globaltables.companions.kms.times import watch
from globaltables.companions.kms.vault import vault
from globaltables.companions.service import ServiceCall
from globaltables.itemstore.stage import Stage


async def change(
    call: ServiceCall, alter: Callable[[Key], Key], *, managed: bool = False, aliases: bool = False
) -> Key:
    """Change the key that a request names, and return it as it is then.

    Args:
        call: has the KeyId.
        alter: returns the changed key, or the same one to change nothing; raises to refuse.
        managed: whether AWS's own keys may be changed in this way.
        aliases: whether the operation takes aliases.

    Raises:
        ApiError: there is no such key, it is AWS's, or `alter` refused.
    """
    key = await find_key(call, call.request["KeyId"], aliases=aliases)
    asked, region = Asked.by(call), call.region
    if key.manager == "AWS" and not managed:
        raise access_denied(asked.principal, asked.operation, key.arn)

    def decide(stage: Stage) -> Key:
        current = existing(asked, stage, key.id)
        changed = alter(current)
        if changed is current:
            return changed
        save_key(stage, changed)
        now_ms = region.clock.now_ms()
        if settled_at(changed, realistic=region.settings.realistic) <= now_ms:
            settle_tables(stage, changed, now_ms)
        return changed

    changed = await region.store.submit(decide)
    wake(call)
    return changed


def wake(call: ServiceCall) -> None:
    """Let what is due in the region be looked at again, now and from now on."""
    watch(call.region)
    event = vault(call.region).changed
    assert event is not None
    event.set()
