"""Who makes and opens the data keys of sealed tables: an interface, so that storage needs not know the key service."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

from globaltables.engine.interface import Reader
from globaltables.foundation.errors import ApiError

#: Returns a data key: (what is stored, account, table name, wrapped key); raises OperationalError when its key is gone.
Unwrap = Callable[[Reader, str, str, str], bytes]


class KeyState(NamedTuple):
    """A key as tables see it.

    Attributes:
        arn: of the key itself, whatever name it was found by.
        customer: whether it is a customer's own; otherwise AWS's key for DynamoDB.
        usable: whether it encrypts and decrypts now.
        since_ms: when it became unusable; 0 while it is usable.
    """

    arn: str
    customer: bool
    usable: bool
    since_ms: int = 0


class TableKeys(Protocol):
    """The keys of a region, for its tables."""

    async def find(self, account: str, key: str | None) -> KeyState:
        """Return the key that a request names for a table.

        Args:
            account: whose table it is.
            key: id, ARN or alias of the key; None is AWS's key for DynamoDB, which is made at its first use.

        Raises:
            ApiError: AWS's refusal of a key that is missing, disabled, on its way out or unfit.
        """

    def state(self, account: str, arn: str) -> KeyState | None:
        """Return a key as it is now; None when it is gone."""

    def refusal(self, account: str, arn: str) -> ApiError | None:
        """Return why a key cannot be used now; None when it can."""

    def wrapped_data_key(self, account: str, table_name: str, arn: str) -> str:
        """Return a new data key, wrapped by a usable key."""
