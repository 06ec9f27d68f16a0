"""AWS services beside DynamoDB, served at the same endpoint.

In: a request that was signed for one of them, with its account and region. Out: what the service answers.
Always holds: a service is read from botocore's model when it is first asked for; until then it costs nothing.
Must not know: sockets, signatures, how DynamoDB's own operations work.
"""
