"""Policy documents and what they decide: IAM's grammar and evaluation logic, for every kind of policy.

In: documents as JSON, and requests: a principal, an action, a resource, a context of condition keys. Out: a `Decision`
with its reason, from which AWS's text is formed; a document that is wrong is refused as IAM refuses it.
Always holds: everything is pure; an explicit deny wins; a key that no condition asks for is never computed.
Must not know: DynamoDB, requests on the wire, where policies are stored.
"""
