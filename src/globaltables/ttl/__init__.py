"""Time to live: the background reader that deletes expired items.

In: a region's tables with expiry enabled, their stored items, the clock. Out: deletions of kind "ttl".
Always holds: a deletion is decided again on the current item in the commit loop, so that an item whose time was moved
meanwhile stays; the reader looks at a bounded slice per turn and rests in proportion.
Must not know: streams, other regions; a deletion reaches them through the log as every change does.
"""
