"""Capacity units: what an operation costs, and how AWS reports it.

In: billed sizes in bytes, names of tables and indexes. Out: units in steps of a half, and
`ConsumedCapacity` members. Always holds: pure arithmetic, nothing waits.
Must not know: how items are stored, who asks, whether the cost is throttled.
"""
