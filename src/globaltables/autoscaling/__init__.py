"""Auto scaling: provisioned throughput follows consumption, as Application Auto Scaling does it for DynamoDB.

In: scalable targets and scaling policies as they are stored, what a region's meters counted, the clock. Out: changes of
provisioned throughput, made by whoever assembles the region, and a bounded history of scaling activities.
Always holds: throughput is changed within a target's bounds only, and never twice for the same minute; a target belongs
to a name and not to a table, so that it outlives the table, as on AWS.
Must not know: how throughput is changed in this region and in others; which operations set targets and policies.
"""
