"""DynamoDB Streams: a view of the change log, 24 hours deep.

In: a table's stream lives and its change records. Out: shards, iterators, records in AWS's shape.
Always holds: nothing of a stream is stored but the log itself (and the key that signs iterators); shards and sequence
numbers are computed from log positions, so every process that reads the same log sees the same stream.
Must not know: who writes, other regions, HTTP.
"""
