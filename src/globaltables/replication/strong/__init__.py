"""Tables whose writes are durable in two regions before they are answered, and read at their latest everywhere (MRSC).

    messages.py   what voters say to each other, and the entries of their log
    log.py        one voter's log: stored entries, and the ones that are not applied yet in memory
    voter.py      what every voter does: votes, takes entries, applies them when they are committed
    leader.py     what the leader does: evaluates writes, sends entries, commits, confirms that it leads
    election.py   how a region with work finds the leader, or becomes it
    strong_table.py   what a replica's clients get: writes and the latest state
    registry.py   the voters of one region

The decision, with the arguments why it is safe: docs/decisions/0009-strong-consistency.md.
"""
