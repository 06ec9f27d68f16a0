"""Ordered key-value storage under one narrow interface; the same contract tests run on every engine.

In: batches of bytes. Out: bytes. Always holds: a batch is atomic; what was applied before a `sync` is durable after it.
Must not know: anything of DynamoDB.
"""
