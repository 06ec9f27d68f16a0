"""Kinesis data streams that get a table's changes: a reader of the log with a durable cursor for each.

In: table definitions with their captures, the change log. Out: PutRecords requests, and the destinations' status.
Always holds: every change of a capture is delivered at least once, and one item's changes in their order; what is in
memory is at most one page of the log for each destination; botocore is imported only when a destination exists.
Must not know: who writes, other regions, HTTP.
"""
