"""AWS Lambda: functions that run here, and event source mappings that feed them.

In: requests for the service, records of streams, messages of queues. Out: answers of handlers, and what those did.
Always holds: handlers run in processes of their own, never on the event loop; what was accepted to be run later
survives the process; a mapping's cursor never runs ahead of what its function has taken.
Must not know: HTTP, signatures, how the other services work: they are called as clients call them.
"""
