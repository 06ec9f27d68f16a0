"""The one way in which items are read and written.

In: decisions (pure functions of the current items). Out: outcomes, stored pages, the change log.
Always holds: items, index entries and the change record of one decision are committed in one atomic batch; an outcome
is told only after its batch is durable. Must not know: requests in AWS's shape, HTTP, other regions.
"""
