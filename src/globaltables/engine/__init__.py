"""Ordered key-value storage under one narrow interface; the same contract tests run on every engine.

In: batches of bytes. Out: bytes. Always holds: a batch is atomic; after `sync` returned it is durable; readers see only
what is durable. Must not know: anything of DynamoDB.
"""
