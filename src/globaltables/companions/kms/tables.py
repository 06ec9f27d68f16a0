"""The tables under a key: whether they can be used follows the key's state, in the same commit.

On AWS a table goes on for five minutes with the data key that it has; with `--realistic` it does here too.
"""

from dataclasses import replace

from globaltables.companions.kms.keys import Key
from globaltables.foundation.limits import KMS_DATA_KEY_CACHE_MS
from globaltables.itemstore.stage import Stage


def settle_tables(stage: Stage, key: Key, now_ms: int, *, gone: bool = False) -> None:
    """Stage whether the tables under a key can be used.

    Args:
        stage: of the decision that changes the key, or that follows it.
        key: as it is now.
        now_ms: the region's time.
        gone: whether it is being deleted.
    """
    since_ms = now_ms if gone or not key.usable else None
    for table in list(stage.catalog.tables()):
        encryption = table.encryption
        if encryption is None or encryption.kms_key_arn != key.arn:
            continue
        if (encryption.inaccessible_ms is None) != (since_ms is None) or gone:
            changed = replace(encryption, inaccessible_ms=since_ms)
            stage.save_table(replace(table, encryption=changed))


def settled_at(key: Key, *, realistic: bool) -> int:
    """Return when tables notice the state of a key: at once, or when the data keys that they have are too old."""
    if realistic and not key.usable:
        return key.changed_ms + KMS_DATA_KEY_CACHE_MS
    return key.changed_ms
