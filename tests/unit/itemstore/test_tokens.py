"""Tests of the ledger of transaction tokens."""

import asyncio

import pytest

from globaltables.engine.memory.engine import MemoryEngine
from globaltables.foundation.errors import ApiError
from globaltables.foundation.limits import TRANSACTION_TOKEN_LIFETIME_MS
from globaltables.itemstore.stage import Stage
from globaltables.itemstore.store import Store
from globaltables.itemstore.tokens import Token, recall, remember
from globaltables.runtime.clock import VirtualClock, stamp_ms
from tests.support.stores import failure_of, make_store, run

_ACCOUNT = "123456789012"


def _token(name: str = "token", content: str = "content", account: str = _ACCOUNT) -> Token:
    request = {"ClientRequestToken": name, "TransactItems": [{"Put": {"Item": {"S": content}}}]}
    token = Token.of_request(account, request, "TransactItems")
    assert token is not None
    return token


def _transact(stage: Stage, token: Token) -> bool:
    """Do a transaction unless it was done; return whether it was."""
    if recall(stage.get, stamp_ms(stage.tick()), token):
        return True
    remember(stage, token)
    return False


async def _done(store: Store, token: Token) -> bool:
    return await store.submit(lambda stage: _transact(stage, token))


def _ledger(engine: MemoryEngine) -> int:
    return len(list(engine.range(b"t", b"u")))


def test_request_without_token_has_none() -> None:
    """The token is optional."""
    assert Token.of_request(_ACCOUNT, {"TransactItems": []}, "TransactItems") is None


@pytest.mark.parametrize(
    ("later_ms", "known"),
    [(0, True), (TRANSACTION_TOKEN_LIFETIME_MS, True), (TRANSACTION_TOKEN_LIFETIME_MS + 1, False)],
)
def test_token_is_known_for_ten_minutes(later_ms: int, known: bool) -> None:  # noqa: FBT001
    """A repetition within ten minutes is recognised, a later one is a new request."""

    async def check() -> None:
        clock = VirtualClock()
        store = make_store(clock=clock)
        assert not await _done(store, _token())
        clock.advance(later_ms)
        assert known == await _done(store, _token())
        await store.close()

    run(check)


def test_token_is_known_within_its_group_and_after_a_restart() -> None:
    """The ledger is part of the transaction's own batch."""

    async def check() -> None:
        engine, clock = MemoryEngine(), VirtualClock()
        store = make_store(engine, clock)
        found = await asyncio.gather(*(_done(store, _token()) for _ in range(2)))
        assert [False, True] == found
        assert await _done(make_store(engine, clock), _token())
        await store.close()

    run(check)


def test_token_with_another_content_is_refused() -> None:
    """A token stands for one request."""

    async def check() -> None:
        store = make_store()
        await _done(store, _token())
        error = await failure_of(_done(store, _token(content="other")))
        assert isinstance(error, ApiError)
        assert "IdempotentParameterMismatchException" == error.code
        await store.close()

    run(check)


def test_token_of_a_failed_transaction_is_not_remembered() -> None:
    """What was not done can be done again."""

    async def check() -> None:
        store = make_store()

        def fail(stage: Stage) -> None:
            _transact(stage, _token())
            raise ApiError("TransactionCanceledException", None)

        await failure_of(store.submit(fail))
        assert not await _done(store, _token())
        await store.close()

    run(check)


def test_tokens_of_two_accounts_are_apart() -> None:
    """Accounts choose their tokens without knowing of each other."""

    async def check() -> None:
        store = make_store()
        assert not await _done(store, _token())
        assert not await _done(store, _token(account="000000000000", content="other"))
        await store.close()

    run(check)


def test_order_of_members_does_not_make_another_request() -> None:
    """JSON objects have no order."""
    one = {"ClientRequestToken": "t", "TransactItems": [{"Put": {"a": 1, "b": 2}}]}
    two = {"TransactItems": [{"Put": {"b": 2, "a": 1}}], "ClientRequestToken": "t"}
    tokens = [Token.of_request(_ACCOUNT, request, "TransactItems") for request in (one, two)]
    assert tokens[0] == tokens[1]


def test_ledger_does_not_grow_over_time() -> None:
    """Every new entry takes expired ones with it, also many of one group."""

    async def check() -> None:
        engine, clock = MemoryEngine(), VirtualClock()
        store = make_store(engine, clock)
        for number in range(40):
            await _done(store, _token(f"old{number}"))
        assert 80 == _ledger(engine)
        clock.advance(TRANSACTION_TOKEN_LIFETIME_MS + 1)
        await asyncio.gather(*(_done(store, _token(f"new{number}")) for number in range(5)))
        for number in range(15):
            await _done(store, _token(f"newer{number}"))
        assert 40 == _ledger(engine)
        assert await _done(store, _token("new0"))
        await store.close()

    run(check)


def test_token_used_again_after_its_time_is_not_pruned_with_its_old_entry() -> None:
    """Pruning the old entry must not take the new one of the same token."""

    async def check() -> None:
        clock = VirtualClock()
        store = make_store(clock=clock)
        await _done(store, _token("again"))
        clock.advance(TRANSACTION_TOKEN_LIFETIME_MS + 1)
        assert not await _done(store, _token("again"))
        for number in range(3):
            await _done(store, _token(str(number)))
        assert await _done(store, _token("again"))
        await store.close()

    run(check)
