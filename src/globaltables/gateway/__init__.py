"""From an HTTP request to an operation, and from its answer to a reply: one list of stages.

In: an `Exchange` with method, URL, headers and body. Out: a `Reply`, at once or when the operation's future is done.
Always holds: every exchange gets exactly one reply; every error leaves in AWS's shape; errors are mapped in one place.
Must not know: sockets, how replies are written.
"""
