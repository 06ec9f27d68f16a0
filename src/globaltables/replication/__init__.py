"""Copies of a table in other regions: every region pulls from every other, the last writer of an item wins.

In: the change logs of the members of a global table. Out: their changes, merged into this region's items, and a
record of every write that lost. Always holds: a change is applied in the same commit as the cursor behind it, so
that it counts once over any crash; a member is dropped only when the others have its last writes, or time is up and
the log says so. Must not know: the API, sockets. See DESIGN.md.
"""
