"""The index of a queue: what is ready, held, delayed, expired."""

from globaltables.companions.sqs.queue import Entry, Queue

NOW = 1_000_000


def _queue(name: str, *entries: Entry) -> Queue:
    queue = Queue("123456789012", name, {"id": "q", "attributes": {}})
    for entry in entries:
        queue.add(entry, NOW)
    return queue


def _take(queue: Queue, now_ms: int, until_ms: int, most: int = 10) -> list[int]:
    taken = []
    for entry in queue.available(now_ms):
        queue.hold(entry, until_ms, now_ms)
        taken.append(entry.sequence)
        if len(taken) == most:
            break
    return taken


def test_messages_of_a_standard_queue_come_in_order_and_come_back() -> None:
    """Those that were held first are first again."""
    queue = _queue("q", *(Entry(number, NOW, NOW) for number in (1, 2, 3)))

    assert [1, 2] == _take(queue, NOW, NOW + 30, 2)
    assert [3] == _take(queue, NOW, NOW + 60)
    assert 3 == queue.held
    assert [1, 2] == _take(queue, NOW + 30, NOW + 90)
    assert [2] == [queue.entries[2].count]


def test_delayed_message_is_counted_and_appears() -> None:
    """At its time, and not before."""
    queue = _queue("q", Entry(1, NOW, NOW + 10))

    assert (1, [], NOW + 10) == (queue.delayed, _take(queue, NOW, NOW), queue.next_change_ms())
    assert [1] == _take(queue, NOW + 10, NOW + 20)
    assert 0 == queue.delayed


def test_group_of_a_fifo_queue_waits_for_its_first_message() -> None:
    """A group with a delayed or held message gives nothing behind it."""
    queue = _queue(
        "q.fifo",
        Entry(1, NOW, NOW, "a"),
        Entry(2, NOW, NOW + 5, "b"),
        Entry(3, NOW, NOW, "b"),
        Entry(4, NOW, NOW, "a"),
    )

    assert [1] == _take(queue, NOW, NOW + 50, 1)
    assert [] == _take(queue, NOW, NOW + 50)
    assert [2, 3] == _take(queue, NOW + 5, NOW + 50)
    queue.remove(1)
    assert [4] == _take(queue, NOW + 5, NOW + 50)


def test_expired_messages_are_the_oldest_wherever_they_stand() -> None:
    """One that came by way of another queue keeps its age."""
    queue = _queue("q", Entry(1, NOW, NOW), Entry(2, NOW - 100, NOW))
    expired = []
    for sequence in queue.expired(NOW - 50):
        queue.remove(sequence)
        expired.append(sequence)

    assert [2] == expired
    assert [1] == list(queue.entries)


def test_hidden_longer_message_does_not_come_at_its_former_time() -> None:
    """Only the last change counts."""
    queue = _queue("q", Entry(1, NOW, NOW))
    _take(queue, NOW, NOW + 10)
    queue.hide(queue.entries[1], NOW + 100)

    assert [] == _take(queue, NOW + 10, NOW + 20)
    assert [1] == _take(queue, NOW + 100, NOW + 200)
