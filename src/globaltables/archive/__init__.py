"""Off-machine safety: what a region applies is shipped to another place, and rebuilt from there.

In: every batch that a region's store applies, and checkpoints of its engine. Out: objects in buckets, from which an
empty machine gets the region back as it was at any time since the oldest generation (docs/formats/archive.md).
Always holds: a reader of the archive never sees half of a generation, of a segment or of a batch; what was not durable
in the region is not shipped. Must not know: items, tables, what keys mean.
"""
