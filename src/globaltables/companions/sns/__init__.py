"""Amazon SNS: topics, subscriptions, and what is published to them.

In: messages. Out: deliveries (`companions.deliveries`) to queues, functions and HTTP endpoints, staged with the
message. What would leave this machine by other ways (mail, texts to telephones) is laid into the outbox, a record that
can be read, and goes no further.
"""
