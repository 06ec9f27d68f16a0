"""AWS Fault Injection Service, as far as it concerns global tables.

In: experiment templates and the start of experiments. Out: replication that really pauses, for as long as asked.
Always holds: what an experiment does and what is recorded of it is one commit; a pause ends by itself.
Must not know: links, other regions. A pause is a policy of the targeted replica, as on AWS, and replication obeys it.
"""
