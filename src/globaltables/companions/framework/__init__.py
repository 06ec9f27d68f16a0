"""What every service beside DynamoDB has in common: from a request in any AWS protocol to a handler, and back.

In: an exchange, signed for a service. Out: a `Response`. The protocols are read from botocore's models, so that a
service is its handlers and nothing else.
"""
