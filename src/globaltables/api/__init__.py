"""The AWS contract: which requests DynamoDB accepts, and its exact answer to those that it does not.

In: botocore's model files and a parsed JSON request. Out: nothing, or an ApiError with AWS's text.
After a check the request holds modelled, non-null members of the modelled JSON types only.
Must not know: tables, items' semantics, how a request arrived.
"""
