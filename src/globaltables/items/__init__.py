"""Items and attribute values: checking, equality, order, numbers, sizes, stored bytes.

In: DynamoDB JSON as parsed (`{"name": {"S": "x"}}`). Out: normalised items, billed sizes, order-preserving keys.
Always holds: pure; an item that passed `check_item` has canonical numbers, so equal values have equal text.
Must not know: tables, requests, storage.
"""
