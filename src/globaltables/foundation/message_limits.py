"""The limits of queues, topics, rules and schedules; see limits.py, which has grown too long for them."""

from globaltables.foundation.limits import KIB, MIB

# Amazon SQS (developer guide, "Amazon SQS quotas")
SQS_MESSAGE_BYTES_MAX = MIB  # of a message, and of a batch
SQS_BATCH_MAX = 10
SQS_MESSAGE_ATTRIBUTES_MAX = 10
SQS_IN_FLIGHT_MAX = 120_000
SQS_DEDUPLICATION_MS = 5 * 60_000
SQS_VISIBILITY_SECONDS_MAX = 43_200
SQS_DELAY_SECONDS_MAX = 900
SQS_WAIT_SECONDS_MAX = 20
SQS_LIST_MAX = 1_000
SQS_TAGS_MAX = 50
SQS_MOVES_PER_SECOND_MAX = 500
SQS_MOVES_LISTED_MAX = 10
SQS_NAME_REUSED_MS = 60_000  # after a queue was deleted, and between two purges (realistic mode)
SQS_EXPIRY_INTERVAL_MS = 60_000  # ours: how often queues are looked at that nobody uses
SQS_CHANGES_PER_DECISION = 1_000  # ours

# Amazon SNS (quotas)
SNS_MESSAGE_BYTES_MAX = 256 * KIB
SNS_BATCH_MAX = 10
SNS_LIST_MAX = 100
SNS_CONFIRMATION_MS_MAX = 3 * 24 * 3600 * 1000
SNS_HTTP_MS_MAX = 15_000
SNS_OUTBOX_MAX = 1_000  # ours: mails and texts that are kept

# Amazon EventBridge and its Scheduler (quotas)
EVENTS_BATCH_MAX = 10
EVENTS_ENTRY_BYTES_MAX = MIB  # of all entries of a request together
EVENTS_TARGETS_MAX = 5  # of a rule
EVENTS_RULES_MAX = 300  # of a bus
EVENTS_LIST_MAX = 100
EVENTS_FORWARDED_MAX = 5  # ours: from bus to bus, so that rings end
SCHEDULES_FIRED_AT_ONCE_MAX = 100  # ours: in one decision
SCHEDULER_LIST_MAX = 100
#: What was missed while nothing ran is made up for as far back as targets take events by default (24 hours).
SCHEDULES_MISSED_MS_MAX = 24 * 3600 * 1000
DELIVERY_ATTEMPTS_MAX = 185
DELIVERY_AGE_SECONDS_MAX = 86_400
DELIVERY_PAUSE_MS_MAX = 8 * 60_000  # ours: between two attempts; 185 of them are about a day then
DELIVERIES_AT_ONCE_MAX = 64  # ours: of a service in a region
