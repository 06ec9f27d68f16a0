"""S3: buckets and objects as folders and files (`buckets/`), with everything that AWS's clients ask of them.

In: calls with members as AWS's model has them; bodies as bytes or as files that the server took from the network.
Out: members of responses; large contents as files. Must not know: HTTP's framing, signatures, how tables are exported.
"""
