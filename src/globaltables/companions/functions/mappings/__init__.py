"""Event source mappings: functions that are fed from streams of tables and from queues.

In: mappings as records, changes in the region's log, messages of queues. Out: invocations, cursors that move durably.
Always holds: a record is taken at least once, records of one item in order; nothing of it happens inside the request
that wrote the item.
Must not know: how a function is run.
"""
