"""The keys of a region for its tables: finds them, and makes and opens the data keys that rows are sealed under."""

from base64 import b64decode, b64encode

from globaltables.companions.kms import ciphertexts
from globaltables.companions.kms.errors import access_denied, check_usable, invalid
from globaltables.companions.kms.finding import Asked, existing, resolve
from globaltables.companions.kms.keys import Key, load_key
from globaltables.companions.kms.times import watch
from globaltables.companions.kms.vault import vault
from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError, OperationalError
from globaltables.itemstore.region import Region
from globaltables.runtime.randomness import new_bytes
from globaltables.security.principals import account_root
from globaltables.security.sealing.data_keys import KeyState
from globaltables.security.sealing.root_key import RootKey
from globaltables.security.sealing.table_cipher import DATA_KEY_BYTES

_DEFAULT = "alias/aws/dynamodb"


class KmsTableKeys:
    """See `security.sealing.data_keys.TableKeys`.

    Args:
        region: whose.
    """

    def __init__(self, region: Region) -> None:
        self._region = region

    async def find(self, account: str, key: str | None) -> KeyState:
        """Return the key that a request names for a table."""
        asked = Asked(self._region, account, "CreateGrant", account_root(account).arn)
        watch(self._region)
        key_id = await resolve(asked, key or _DEFAULT, aliases=True)
        found = existing(asked, self._region.store.reader(), key_id)
        check_usable(found)
        if not found.symmetric:
            raise invalid(
                "EncryptionContext is supported only when creating a grant for a symmetric encryption KMS key."
            )
        if found.manager == "AWS" and "auto-dynamodb-" not in found.policy:
            raise access_denied(asked.principal, asked.operation, found.arn)
        return _state(found)

    def state(self, account: str, arn: str) -> KeyState | None:
        """Return a key as it is now."""
        region = self._region
        key_id = arn.rpartition("/")[2]
        key = load_key(region.store.reader(), account, key_id, region.clock.now_ms())
        return None if key is None else _state(key)

    def refusal(self, account: str, arn: str) -> ApiError | None:
        """Return why a key cannot be used now."""
        region = self._region
        asked = Asked(region, account, "Decrypt", account_root(account).arn)
        try:
            check_usable(existing(asked, region.store.reader(), arn.rpartition("/")[2]))
        except ApiError as error:
            return error
        return None

    def wrapped_data_key(self, account: str, table_name: str, arn: str) -> str:
        """Return a new data key, wrapped by a usable key."""
        region = self._region
        asked = Asked(region, account, "GenerateDataKey", account_root(account).arn)
        key = existing(asked, region.store.reader(), arn.rpartition("/")[2])
        check_usable(key)
        context = _context(account, table_name)
        blob = ciphertexts.encrypt(vault(region).root, key, new_bytes(DATA_KEY_BYTES), context)
        return b64encode(blob).decode("ascii")


def unwrap(root: RootKey, reader: Reader, account: str, table_name: str, wrapped: str) -> bytes:
    """Return a data key, whatever the state of its key: that is looked at where requests are refused.

    Raises:
        OperationalError: its key is gone, or the root key is another one.
    """
    try:
        ciphertext = ciphertexts.read(b64decode(wrapped))
        key = load_key(reader, ciphertext.account, ciphertext.key_id, -1)
        if key is None:
            raise OperationalError(f"the KMS key {ciphertext.key_id} of table {table_name} is gone")
        return ciphertexts.decrypt(root, key, ciphertext, _context(account, table_name))
    except (ApiError, ValueError) as error:
        raise OperationalError(f"the data key of table {table_name} is damaged") from error


def _state(key: Key) -> KeyState:
    return KeyState(
        key.arn, key.manager == "CUSTOMER", key.usable, 0 if key.usable else key.changed_ms
    )


def _context(account: str, table_name: str) -> dict[str, str]:
    return {"aws:dynamodb:subscriberId": account, "aws:dynamodb:tableName": table_name}
