"""Who is asking, whether the request is theirs (Signature Version 4), and what policies let them do.

In: method, URL, headers and body of a request as they arrived; documents of policies, and what is to be done to which
table. Out: an `Identity`, a `Decision`, or AWS's refusal as an `ApiError`.
Always holds: a signature is compared in constant time and computed for every request; no verdict is remembered; an
explicit deny wins.
Must not know: sockets, operations, where policies are stored. Only policies/ is free of DynamoDB.
"""
