"""Sealing stored rows: values that cannot be read, keys that keep their order, under a data key of a table.

In: a data key, keys and values as they are. Out: bytes for the disk, and what they were.
Always holds: what was sealed is opened as it was or not at all; equal keys are sealed alike, smaller ones sort first.
Must not know: where rows are stored, who may read them, how the keys of customers are kept.
"""
