"""Capacity: what an operation costs, who is let in, and what was consumed.

In: billed sizes in bytes, tables and their indexes, units. Out: units in steps of a half and `ConsumedCapacity`
members, refusals with AWS's reasons, sums by second and minute. Always holds: nothing waits, and memory is bounded.
Must not know: how items are stored, who asks.
"""
