"""Expressions and legacy condition parameters: read, checked with AWS's texts, compiled to closures, cached by text.

In: the expression members of a request, items and values as DynamoDB JSON. Out: `Condition`, `Update`, `Projection`,
`KeyCondition`, `KeyRange` and `Expressions`, which holds those of one request.
Always holds: pure; compiled objects are immutable and shared between requests, so nothing of a request stays in them
(those made from legacy parameters hold the request's values and are not shared); items are never mutated.
Must not know: tables, storage, operations. `request.read_expressions` is the door for operations; statements have
theirs in partiql/.
"""
