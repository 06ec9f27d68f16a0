"""PartiQL statements on tables: what a compiled statement means for a table's keys, and how it is carried out.

In: the members of a request that hold a statement and its parameters. Out: pages of items, write actions, AWS's errors.
Always holds: a SELECT that pins the partition key reads only that partition; every condition of a WHERE clause is
tested on every item that is read, so a plan decides what is read and never what is shown.
Must not know: the transport. The three operations beside this package put the parts together.
"""
