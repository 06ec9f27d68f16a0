"""Amazon SQS: standard and FIFO queues, durable, with an index of each queue in memory.

In: requests, and what other services of the process send. Out: messages at least once, in FIFO queues in order.
A message is a record; what a reception changed of it (until when it is hidden, how often it was received) is another.
Every change of a queue happens in a decision of the region's store, so that the index and the records go together and
what is handed out is durable. Nothing here knows who sends or receives.
"""
