"""Which items transactions have in their hands: from the arrival of a transaction until its durable answer."""

from asyncio import Future
from collections.abc import Collection
from functools import partial
from typing import Any

from globaltables.foundation.errors import ApiError, transaction_conflict
from globaltables.tables.definitions import Table

#: Number of the table, and stored key without the table's prefix.
ItemPlace = tuple[int, bytes]


class TransactionsInFlight:
    """The items and tokens of one region's transactions that were not answered yet.

    Attributes:
        items: empty most of the time, so that whoever writes tests that before asking further.
    """

    __slots__ = ("_tokens", "items")

    def __init__(self) -> None:
        self.items: set[ItemPlace] = set()
        self._tokens: set[bytes] = set()

    def holds(self, table: Table, key: bytes) -> bool:
        """Tell whether a transaction that was not answered yet has the item."""
        return bool(self.items) and (table.number, key) in self.items

    def refuse_held(self, table: Table, key: bytes) -> None:
        """Refuse the write of one item.

        Raises:
            ApiError: TransactionConflictException when a transaction has the item.
        """
        if (table.number, key) in self.items:
            raise transaction_conflict()

    def refuse_token(self, token: bytes) -> None:
        """Refuse a second request with the token of a transaction that was not answered yet.

        Raises:
            ApiError: TransactionInProgressException.
        """
        if token in self._tokens:
            raise ApiError(
                "TransactionInProgressException",
                "The transaction with the given request token is already in progress.",
            )

    def hold(
        self, items: Collection[ItemPlace], token: bytes | None, answer: "Future[Any]"
    ) -> None:
        """Keep items and a token until a transaction is answered, whatever its answer is.

        Args:
            items: none of them is held.
            token: not held either.
            answer: nothing waits for it yet, so nobody is told before the items are free again.
        """
        self.items.update(items)
        if token is not None:
            self._tokens.add(token)
        answer.add_done_callback(partial(self._release, items, token))

    def _release(
        self, items: Collection[ItemPlace], token: bytes | None, answered: "Future[Any]"
    ) -> None:
        del answered
        self.items.difference_update(items)
        if token is not None:
            self._tokens.discard(token)
