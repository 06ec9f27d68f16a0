"""Who is asking, and whether the request is theirs: Signature Version 4.

In: method, URL, headers and body of a request as they arrived. Out: an `Identity`, or AWS's refusal as an `ApiError`.
Always holds: a signature is compared in constant time and computed for every request; no verdict is remembered.
Must not know: sockets, operations, tables.
"""
