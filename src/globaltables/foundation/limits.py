"""Every limit of the product, with unit and source. Sizes are binary.

Sources: the developer guide's Constraints and ServiceQuotas pages, botocore's model, measurements on AWS.
"""

KIB = 1024
MIB = 1024 * KIB

# Items and keys (developer guide, Constraints)
ITEM_BYTES_MAX = 400 * KIB
PARTITION_KEY_BYTES_MAX = 2048
SORT_KEY_BYTES_MAX = 1024
ATTRIBUTE_NAME_BYTES_MAX = 65_535  # measured: one less than the documented 64 KB
NESTING_LEVELS_MAX = 32
NUMBER_DIGITS_MAX = 38
NUMBER_EXPONENT_MAX = 125
NUMBER_EXPONENT_MIN = -130

# Expressions
EXPRESSION_BYTES_MAX = 4 * KIB
EXPRESSION_OPERATORS_MAX = 300
EXPRESSION_IN_OPERANDS_MAX = 100
EXPRESSION_SUBSTITUTIONS_BYTES_MAX = 2 * MIB
EXPRESSION_PLACEHOLDER_BYTES_MAX = 255
EXPRESSION_LIST_INDEX_MAX = 2**31 - 1
EXPRESSION_DEPTH_MAX = (
    150  # ours: nested parentheses or calls; keeps recursion far from Python's limit
)
EXPRESSION_CACHE_ENTRIES_MAX = 1_024  # ours: compiled expressions kept, by text

# PartiQL (developer guide, ql-reference.select and Constraints; where a lookup ends in too many reads: measured)
STATEMENT_DEPTH_MAX = 64  # ours, as EXPRESSION_DEPTH_MAX
STATEMENT_READS_MAX = 50

# Pages and batches
PAGE_BYTES_MAX = 1 * MIB
BATCH_GET_KEYS_MAX = 100
BATCH_GET_BYTES_MAX = 16 * MIB
#: Of one table; measured on AWS (dynalite's tests of BatchGetItem, "just over the limit"): one partition.
BATCH_GET_TABLE_BYTES_MAX = PAGE_BYTES_MAX + ITEM_BYTES_MAX - 3
BATCH_WRITE_REQUESTS_MAX = 25
TRANSACTION_ACTIONS_MAX = 100
TRANSACTION_BYTES_MAX = 4 * MIB
TRANSACTION_TOKEN_LIFETIME_MS = 10 * 60 * 1000

# Tables and indexes
LOCAL_INDEXES_MAX = 5
GLOBAL_INDEXES_MAX = 20
PROJECTED_ATTRIBUTES_MAX = 100
INDEX_KEY_ATTRIBUTES_MAX = 4
ITEM_COLLECTION_BYTES_MAX = 10 * KIB * MIB
TABLES_PER_REGION_MAX = 2_500
TABLES_LIST_MAX = 100
TABLES_CHANGING_MAX = 500  # tables of an account in a region that are not ACTIVE
TABLE_CLASS_CHANGES_MAX = 2
TABLE_CLASS_PERIOD_MS = 30 * 24 * 3600 * 1000
SETTLING_RETRY_MS = 1_000  # ours: a change that is complete could not be stored
ENDPOINT_CACHE_MINUTES = 1_440
TAGS_MAX = 50
TAG_KEY_CHARACTERS_MAX = 128
TAG_VALUE_CHARACTERS_MAX = 256

# Capacity (units)
TABLE_THROUGHPUT_MAX = 40_000
ACCOUNT_THROUGHPUT_MAX = 80_000
READ_UNIT_BYTES = 4 * KIB
WRITE_UNIT_BYTES = 1 * KIB
BURST_SECONDS = 300  # unused units are kept for so long (developer guide, burst capacity)
PARTITION_READ_UNITS_MAX = 3_000
PARTITION_WRITE_UNITS_MAX = 1_000
HOT_KEYS_MAX = 1_024  # ours: partition keys of a table or index whose units are counted
ON_DEMAND_GROWTH_INTERVAL_MS = 30 * 60 * 1000  # to more than twice the previous peak
USAGE_SECONDS_KEPT = 300  # ours: what was consumed in each second, for the last ones
USAGE_MINUTES_KEPT = 180  # ours: CloudWatch keeps minutes for longer only after they were read
THROUGHPUT_VALUE_MAX = 1_000_000_000_000  # measured: a larger number is "out of bounds"
THROUGHPUT_DECREASES_PER_DAY = 4
THROUGHPUT_DECREASE_INTERVAL_MS = 3600 * 1000
ON_DEMAND_SWITCHES_PER_DAY = 4  # in any 24 hours
ON_DEMAND_INITIAL_READ_UNITS = 12_000
ON_DEMAND_INITIAL_WRITE_UNITS = 4_000

# Auto scaling (Application Auto Scaling: quotas, target tracking; the alarms as measured on AWS)
SCALABLE_TARGETS_MAX = 5_000  # of DynamoDB, for an account in a region
SCALING_TARGET_PERCENT_MIN = 10  # measured; the developer guide says 20
SCALING_TARGET_PERCENT_MAX = 90
SCALE_OUT_MINUTES = 2
SCALE_IN_MINUTES = 15
SCALE_IN_MARGIN_PERCENT = 20
SCALING_ACTIVITY_RETENTION_MS = 6 * 7 * 24 * 3600 * 1000
SCALING_ACTIVITIES_KEPT = 50  # ours: of one dimension
SCALING_PAGE_MAX = 50
SCALING_POLICIES_PAGE_MAX = 10
SCALING_LOOK_MS = 1_000  # ours: how often is looked whether a minute is over
# What the writes of a new index of a provisioned global table are scaled with (measured)
NEW_INDEX_UNITS_MIN = 1
NEW_INDEX_UNITS_MAX = 10
NEW_INDEX_PERCENT = 70.0

# Streams
STREAM_RETENTION_MS = 24 * 3600 * 1000
STREAM_SHARD_DURATION_MS = 4 * 3600 * 1000
STREAM_ITERATOR_LIFETIME_MS = 15 * 60 * 1000
STREAM_RECORDS_MAX = 1_000
STREAM_PAGE_BYTES_MAX = 1 * MIB
STREAM_LIST_MAX = 100
#: Ours: how often records past their 24 hours are deleted.
STREAM_TRIM_INTERVAL_MS = 60_000

# Expiry (time to live). An item whose time is further in the past than this is kept (developer guide, TTL).
TTL_PAST_SECONDS_MAX = 5 * 365 * 24 * 3600
# Ours: what one turn of the expiry reader may look at before it rests, so that requests do not wait for it
TTL_SLICE_ITEMS_MAX = 500
TTL_SLICE_BYTES_MAX = 1 * MIB
TTL_SLICE_REST_MS = 40
TTL_DELETIONS_PER_COMMIT_MAX = 50

# Sealed tables (ours)
SEALED_KEYS_CACHED_MAX = 4_096  # sealed forms of stored keys, by key, of one data key
SEALED_ROWS_MOVED = 200  # sealed anew in one decision; more would hold up clients

# AWS Key Management Service (API reference, developer guide: quotas, rotation)
KMS_DELETION_DAYS_MIN = 7
KMS_DELETION_DAYS_MAX = 30
KMS_ROTATION_DAYS_DEFAULT = 365
KMS_ROTATION_DAYS_MIN = 90
KMS_ROTATION_DAYS_MAX = 2560
KMS_ROTATIONS_ON_DEMAND_MAX = 25  # of a key
KMS_GRANTS_MAX = 50_000  # of a key
KMS_DATA_KEY_CACHE_MS = (
    5 * 60 * 1000
)  # DynamoDB uses a data key for so long (developer guide; measured: 5.5 minutes)
KMS_RETRY_MS = 1_000  # ours: what is due could not be stored

# The HTTP front (the body: measured on AWS by dynalite, one byte more is answered 413; the rest is ours)
REQUEST_BODY_BYTES_MAX = 16 * MIB
PATTERN_STEPS_MAX = 1_000_000  # ours: of a client's regular expression on the event loop
PATTERN_SECONDS_MAX = 0.5  # ours: of one beyond that, in a process of its own
FORM_FIELDS_MAX = 100_000  # ours, of a request in the query protocol
REQUEST_HEAD_BYTES_MAX = 64 * KIB
REQUESTS_PIPELINED_MAX = 128
CONNECTIONS_MAX = 10_000
REQUEST_STALL_MS_MAX = 60_000  # a request that began and of which nothing more came
LINGER_MS_MAX = 5_000  # how long a refused sender is read on, so that it can read the refusal
STOP_MS_MAX = 10_000  # how long a stopping server waits for requests that it is answering
REGIONS_OPEN_MAX = 64  # AWS has fewer; a wrong name must not open storage without end

# Signatures (Signature Version 4)
SIGNATURE_AGE_MS_MAX = 15 * 60 * 1000
PRESIGNED_SECONDS_MAX = 7 * 24 * 3600
SIGNERS_CACHED_MAX = 1_024  # parsed Authorization headers, and derived signing keys (ours)

# Long work (ours)
JOBS_FINISHED_KEPT = 200  # of an account in a region
JOB_LOG_INTERVAL_MS = 10_000

# Point-in-time recovery and backups (developer guide, quotas; the lag was measured on AWS)
RECOVERY_DAYS_DEFAULT = 35
RECOVERY_LAG_MS = 300_000
SYSTEM_BACKUP_RETENTION_MS = 35 * 24 * 3600 * 1000
RESTORES_MAX = 50  # at the same time, of an account in a region
BACKUPS_LIST_MAX = 100
# Ours
RECOVERY_SLACK_MS = (
    3600 * 1000
)  # kept longer than can be asked for, so that nothing asked for is just being deleted
COPY_ROWS_MAX = 250  # copied in one decision; more would hold up clients
COPY_BYTES_MAX = 1 * MIB
COPY_RETRY_MS = 1_000
BACKUP_EXPIRY_INTERVAL_MS = 60_000

# The archive (ours)
ARCHIVE_SEGMENT_BYTES_MAX = 8 * MIB
ARCHIVE_WAITING_BYTES_MAX = 1 * KIB * MIB  # on the disk while the archive is away
ARCHIVE_BACKOFF_MS_MIN = 1_000
ARCHIVE_BACKOFF_MS_MAX = 60_000
ARCHIVE_GENERATION_MS_MIN = (
    24 * 3600 * 1000
)  # and not before as much was shipped as the last generation has
ARCHIVE_GENERATION_MS_MAX = 7 * ARCHIVE_GENERATION_MS_MIN
ARCHIVE_TRIM_INTERVAL_MS = 3600 * 1000
ARCHIVE_STOP_MS_MAX = 5_000  # how long a stopping node ships what is left
ARCHIVE_AHEAD_MAX = 8  # segments that are read ahead while a region is recovered

# The commit loop (ours): writes decided before one disk synchronisation
COMMIT_GROUP_MAX = 1_024
COMMIT_QUEUE_MAX = 100_000

# Replication (ours)
REPLICATION_BATCH_RECORDS_MAX = 200  # applied in one decision; more would hold up clients
REPLICATION_BATCH_BYTES_MAX = 4 * MIB
REPLICATION_FEED_RECORDS_MAX = 1_000  # sent in one answer, applied in several decisions
REPLICATION_PAGES_UNDER_WAY_MAX = 4  # pages of a copy that are being written at once
REPLICATION_SKIPPED_RECORDS_MAX = 10_000  # foreign records read before a cursor is moved over them
REPLICATION_RETRY_MS = 1_000
REPLICATION_QUARANTINE_RETRY_MS = 5_000
REPLICATION_DENIED_RETRY_MS = 500  # a policy that denies replication is looked at so often
REPLICATION_DENIED_MS_MAX = 20 * 3600 * 1000  # developer guide, globaltables-security
REPLICATION_DENIALS_LOOK_MS = 60_000
REPLICATION_DRAIN_MS_MAX = 60_000
REPLICATION_DRAIN_POLL_MS = 5
REPLICATION_LAST_STEP_MS_MAX = 5_000  # a new change of membership waits so long for the last one
REPLICATION_CONFLICT_RETENTION_MS = 7 * 24 * 3600 * 1000
REPLICATION_TRIM_INTERVAL_MS = 3600 * 1000
REPLICATION_BACKOFF_MS_MIN = 100  # a link that fails waits so long, then twice as long, ...
REPLICATION_BACKOFF_MS_MAX = 30_000
STRONG_OPERATION_MS_MAX = (
    4_000  # a write or read of a strongly consistent table is given up after this time
)
STRONG_ANSWER_MS_MAX = 1_000  # a voter that does not answer for so long counts as away
STRONG_FORWARDED_MS_MAX = 3_000  # so does a leader that has a forwarded operation
STRONG_AWAY_MS = 1_000  # a leader that could not be reached is not asked again for so long
STRONG_LEARNT_MS_MAX = (
    500  # a forwarded operation's answer waits so long for its own region to have it
)
STRONG_BACKOFF_MS_MIN = (
    50  # a voter that is away is tried again after this time, then twice as long, ...
)
STRONG_BACKOFF_MS_MAX = 2_000
STRONG_CANDIDACY_MS = 20  # between two candidacies, at the least; twice as long after each
STRONG_BATCH_ENTRIES_MAX = 256  # sent at a time
STRONG_BATCH_BYTES_MAX = 1 * MIB
STRONG_APPLIED_MAX = 256  # entries applied in one decision
STRONG_HELD_MIN = 64  # entries that every voter has are dropped when they are so many
STRONG_UNFINISHED_MAX = 2_000  # entries that are not applied; more are refused
PENDING_REPLICATION_INTERVAL_MS = 60_000  # a metric by the minute
PEER_FEED_HELD_MS = 20_000  # a feed without changes is answered after this time
PEER_REQUEST_MS_MAX = 60_000
PEER_CONNECT_MS_MAX = 5_000
PEER_REQUEST_AGE_MS_MAX = 5 * 60_000
PEER_SECRET_BYTES_MIN = 16
REQUEST_FORWARDED_MS_MAX = 3_700_000  # a little longer than the longest barrier
NODE_START_MS_MAX = 30_000
NODE_STOP_MS_MAX = 30_000
VERIFY_BUCKETS = 256  # one for each value of a stored key's first byte
VERIFY_SLICE_ITEMS = 500  # read at once while members are compared; more would hold up clients
VERIFY_ROUNDS = 3  # how often is looked again at what differed, before it is called different
# A member that was a source can be removed again after this time (developer guide, global tables)
REPLICA_SOURCE_MS = 24 * 3600 * 1000
GLOBAL_TABLES_LIST_MAX = 100

CONFLICTS_PAGE_DEFAULT = 100
DIFFERENCES_PAGE_DEFAULT = 100
SYNC_TIMEOUT_DEFAULT_S = 60

# What is measured by minute is kept for three hours, as CloudWatch keeps its finest metrics.
METRIC_MINUTES_KEPT = 180
METRIC_MINUTES_SENT = 5  # ours: what the source of a link is told of its last minutes

# Contributor Insights (CloudWatch quotas and names; times measured on AWS: ack-api-quirks, DDB-TABLE-090)
INSIGHTS_RULES_MAX = 100
INSIGHTS_RULE_NAME_CHARACTERS_MAX = 128
INSIGHTS_LIST_MAX = 100
INSIGHTS_ENABLING_MS = 1_000
INSIGHTS_DISABLING_MS = 2_000
INSIGHTS_CONTRIBUTORS_MAX = 25
INSIGHTS_CONTRIBUTORS = 10  # in a report that names no number
# Ours: the keys that one rule counts in the current minute, those that it keeps of each minute before, and the hashes
# from which it estimates how many keys there were (a standard error of 4 %)
INSIGHTS_SKETCH_KEYS_MAX = 4_096
INSIGHTS_MINUTE_KEYS_MAX = 100
INSIGHTS_HASHES_MAX = 512

# Kinesis data streams as destinations of changes. One request and one record: the API reference of PutRecords; a stream
# may be set to take larger records, which is not looked at.
KINESIS_REQUEST_RECORDS_MAX = 500
KINESIS_REQUEST_BYTES_MAX = 5 * MIB
KINESIS_RECORD_BYTES_MAX = 1 * MIB
#: After so long without success AWS disables a destination.
KINESIS_STALL_MS_MAX = 168 * 3600 * 1000
KINESIS_PRECISION_CHANGES_PER_DAY = 3
#: A stream that gives no answer, or is of another account, is given up after this time.
KINESIS_ENABLING_MS_MAX = 61_000
# Ours
KINESIS_PAGE_BYTES_MAX = 4 * MIB  # of the log, in memory at once for each destination
KINESIS_GATHER_MS = (
    50  # between two pages that are not full; a request costs as much as a hundred records
)
KINESIS_ANSWER_MS_MAX = 5_000  # how long an answer waits for the check of the stream
KINESIS_CONNECT_MS_MAX = 5_000
KINESIS_RESPONSE_MS_MAX = 30_000
KINESIS_RETRY_MS_MIN = 100
KINESIS_RETRY_MS_MAX = 30_000
KINESIS_PAST_DESTINATIONS_MAX = 50  # described after they were disabled or not enabled

# Resource-based policies (developer guide, rbac-considerations; the times were measured on AWS)
POLICY_BYTES_MAX = 20 * KIB
POLICY_CHANGE_INTERVAL_MS = 15_000
POLICY_PENDING_MS = 1_500  # how long a change is being applied, in which no other is taken up
POLICY_PATTERNS_CACHED_MAX = 4_096  # ours: compiled patterns, by text
POLICIES_CACHED_MAX = 1_024  # ours: parsed documents, by text
DECISIONS_CACHED_MAX = 1_024  # ours: what one principal may do whatever the request says besides

# Exports and imports (developer guide, ServiceQuotas; the API reference of ExportTableToPointInTime; pages: measured)
EXPORTS_RUNNING_MAX = 300
EXPORT_TOKEN_LIFETIME_MS = 8 * 3600 * 1000
EXPORT_WINDOW_MS_MIN = 15 * 60 * 1000
EXPORT_WINDOW_MS_MAX = 24 * 3600 * 1000
EXPORT_INCREMENT_BYTES_MIN = 10_000_000  # what an incremental export is billed for at least
TRANSFERS_LIST_DEFAULT = 10
TRANSFERS_LIST_MAX = 25
TRANSFER_RETENTION_MS = 90 * 24 * 3600 * 1000  # how long an export or import is described
IMPORTS_RUNNING_MAX = 50
IMPORT_OBJECTS_MAX = 50_000
# Ours
EXPORT_PARTS = 4  # files of the smallest export; AWS writes one for each partition
EXPORT_FILE_BYTES_MAX = 128 * MIB  # before compression
EXPORT_PAGE_ITEMS = 500  # read at once; more would hold up clients
EXPORT_PAGE_BYTES = 1 * MIB
EXPORT_RECORDS_MAX = 1_000  # changes since the exported time that are held in memory
EXPORT_COMPRESSION_LEVEL = 4
TRANSFER_PROGRESS_MS = 1_000
IMPORT_BATCH_ITEMS = 250  # written in one decision
IMPORT_BATCH_BYTES = 1 * MIB
IMPORT_LINE_BYTES_MAX = 4 * MIB  # an item of 400 KB has fewer, however it is escaped
IMPORT_ERRORS_LOGGED_MAX = 10
S3_CONNECT_MS_MAX = 5_000
S3_RESPONSE_MS_MAX = 60_000
S3_ATTEMPTS_MAX = 3

# The process of the services that moto answers for
TAIL_START_MS_MAX = 30_000
TAIL_ANSWER_MS_MAX = 60_000

# AWS Fault Injection Service (FIS user guide, fis-quotas)
FIS_TEMPLATES_MAX = 500
FIS_ACTIONS_MAX = 20  # of a template
FIS_STOP_CONDITIONS_MAX = 5  # of a template
FIS_EXPERIMENTS_ACTIVE_MAX = 5
FIS_EXPERIMENT_RETENTION_MS = 120 * 24 * 3600 * 1000
FIS_DURATION_MS_MIN = 60_000
FIS_DURATION_MS_MAX = 12 * 3600 * 1000
FIS_TAGS_MAX = 50
FIS_LIST_MAX = 100

# Event patterns (EventBridge, Lambda's event source mappings, SNS)
EVENT_PATTERN_NUMBER_MAX = 5_000_000_000  # of a numeric comparison, either sign
EVENT_PATTERN_DEPTH_MAX = 64  # ours: objects in objects

# AWS CloudFormation (user guide, cloudformation-limits)
CLOUDFORMATION_BODY_BYTES_MAX = 51_200  # of a template in a request
CLOUDFORMATION_TEMPLATE_BYTES_MAX = 1 * MIB  # of a template in a bucket
CLOUDFORMATION_RESOURCES_MAX = 500
CLOUDFORMATION_PARAMETERS_MAX = 200
CLOUDFORMATION_OUTPUTS_MAX = 200
CLOUDFORMATION_MAPPINGS_MAX = 200
CLOUDFORMATION_PARAMETER_BYTES_MAX = 4_096
CLOUDFORMATION_POLICY_BYTES_MAX = 16_384  # of a stack policy in a request
CLOUDFORMATION_LIST_MAX = 100  # of a page
CLOUDFORMATION_DELETED_RETENTION_MS = 90 * 24 * 3600 * 1000
CLOUDFORMATION_CUSTOM_RESOURCE_MS = 3_600_000  # unless ServiceTimeout says less
CLOUDFORMATION_CUSTOM_RESPONSE_BYTES_MAX = 4_096
# Ours
CLOUDFORMATION_DEPTH_MAX = 64  # objects in objects, of a template
CLOUDFORMATION_PARALLEL_MAX = 16  # resources of a stack that are worked on at a time
CLOUDFORMATION_POLL_MS = 1_000  # between two looks at a resource that is not ready
CLOUDFORMATION_STABLE_MS_MAX = 3_600_000  # until a resource that does not become ready has failed
CLOUDFORMATION_LOOP_ITEMS_MAX = 1_000  # what Fn::ForEach makes out of a template

# CloudWatch (user guide: quotas; PutMetricData and GetMetricData of the API reference)
METRIC_VALUES_MAX = 150  # different values in one member of PutMetricData
METRIC_DATA_MAX = 1_000  # members of PutMetricData
METRIC_DIMENSIONS_MAX = 30
METRIC_QUERIES_MAX = 500
METRIC_DATAPOINTS_MAX = 100_800
METRIC_STATISTICS_DATAPOINTS_MAX = 1_440
METRICS_LIST_PAGE = 500
METRIC_PAST_MS_MAX = 14 * 24 * 3600 * 1000  # how old a measurement may be; a day for AWS's text
METRIC_FUTURE_MS_MAX = 2 * 3600 * 1000
METRIC_ACTIVE_MS = 3 * 3600 * 1000
METRIC_LISTED_MS = (
    14 * 24 * 3600 * 1000
)  # ListMetrics knows what was measured in the last two weeks
METRIC_VALUE_MAX = 2.0**360
ALARMS_LIST_MAX = 100
ALARMS_LIST_DEFAULT = 50
ALARM_HISTORY_MS = 30 * 24 * 3600 * 1000
ALARM_EXTRA_DATAPOINTS = 2  # looked at beside the evaluated ones, in case of gaps
ALARM_STEPS_MAX = 1_440  # ours: minutes that are evaluated one by one after the clock was moved
COMPOSITE_CHILDREN_MAX = 100
DASHBOARD_WIDGETS_MAX = 500
DASHBOARDS_LIST_PAGE = 100
CLOUDWATCH_TAGS_MAX = 50
# Ours
METRIC_VALUES_KEPT = 64  # different values of a period that are kept as they are
METRIC_BUCKETS_MAX = 1_024
METRIC_LINK_MS_MAX = 1_000  # how long a member of a global table is waited for
TRAFFIC_SAMPLES_MAX = 4_096  # durations of requests before they are counted together

# CloudWatch Logs (user guide: quotas; the API reference of PutLogEvents)
LOG_BATCH_BYTES_MAX = 1_048_576
LOG_EVENT_OVERHEAD_BYTES = 26
LOG_EVENT_BYTES_MAX = 1_048_576
LOG_BATCH_SPAN_MS = 24 * 3600 * 1000
LOG_PAST_MS_MAX = 14 * 24 * 3600 * 1000
LOG_FUTURE_MS_MAX = 2 * 3600 * 1000
LOG_PAGE_BYTES_MAX = 1 * MIB
LOG_PAGE_EVENTS_MAX = 10_000
LOG_LIST_MAX = 50
LOG_METRIC_FILTERS_MAX = 100
LOG_SUBSCRIPTION_FILTERS_MAX = 2
LOG_RESOURCE_POLICIES_MAX = 10
LOG_TAGS_MAX = 50
# Ours
LOG_PATTERNS_CACHED_MAX = 1_024  # filter patterns, by text
LOG_SCAN_EVENTS_MAX = 10_000  # looked at in one page of FilterLogEvents
LOG_QUERIES_KEPT = 100  # with their results, in memory
LOG_QUERY_EVENTS_MAX = 200_000  # looked at by one query
LOG_QUERY_RESULTS_MAX = 10_000
LOG_TRIM_INTERVAL_MS = 3600 * 1000

# AWS Lambda (developer guide, "Lambda quotas")
LAMBDA_PAYLOAD_BYTES_MAX = 6_291_456  # of an invocation whose answer is waited for
LAMBDA_EVENT_BYTES_MAX = 1_048_576  # of an invocation that is queued
LAMBDA_ANSWER_BYTES_MAX = 6_291_556
LAMBDA_CLIENT_CONTEXT_BYTES_MAX = 3_583
LAMBDA_TIMEOUT_SECONDS_MAX = 900
LAMBDA_MEMORY_MB_MAX = 10_240
LAMBDA_ZIP_BYTES_MAX = 50 * MIB  # in the request itself
LAMBDA_CODE_BYTES_MAX = 250 * MIB  # unpacked, with layers
LAMBDA_LAYERS_MAX = 5  # of a function
LAMBDA_ENVIRONMENT_BYTES_MAX = 4_096
LAMBDA_CONCURRENCY_MAX = 1_000  # of an account in a region
LAMBDA_CONCURRENCY_UNRESERVED_MIN = 100
LAMBDA_POLICY_BYTES_MAX = 20_480
LAMBDA_TAGS_MAX = 50
LAMBDA_LIST_MAX = 50  # functions, versions or layers in one answer
LAMBDA_MAPPINGS_LIST_MAX = 100
LAMBDA_INIT_MS_MAX = 10_000
LAMBDA_EVENT_AGE_SECONDS_MAX = 21_600
LAMBDA_EVENT_RETRIES_MAX = 2
LAMBDA_EVENT_RETRY_MS = (60_000, 120_000)
LAMBDA_LOG_TAIL_BYTES = 4_096
LAMBDA_LOG_LINE_BYTES_MAX = (
    262_118  # of an event in CloudWatch Logs, without its 26 bytes of overhead
)
LAMBDA_BATCH_BYTES_MAX = 6 * MIB  # of an event source mapping
# Ours
LAMBDA_RUNTIME_BODY_BYTES_MAX = 8 * MIB  # more of an answer is not kept
LAMBDA_MEMORY_LOOK_MS = 100  # how often the memory of a working process is looked at
LAMBDA_IDLE_MS_MAX = 5 * 60_000  # how long a process without work is kept
LAMBDA_ENVIRONMENT_AGE_MS_MAX = 45 * 60_000  # its role's credentials are good for an hour
LAMBDA_LOG_BYTES_WAITING_MAX = 4 * MIB  # of one environment; then it has to wait
LAMBDA_EVENTS_RUNNING_MAX = 50  # queued invocations of a region that run at once
LAMBDA_EVENT_PAUSE_MS_MIN = 1_000  # after a refused try, doubled with each
LAMBDA_EVENT_PAUSE_MS_MAX = 300_000
LAMBDA_FILTERS_MAX = 10  # of a mapping, AWS's
LAMBDA_MAPPING_PAUSE_MS_MIN = 100  # after a batch that was not taken, doubled with each try
LAMBDA_MAPPING_PAUSE_MS_MAX = 30_000
LAMBDA_MAPPING_READ_RECORDS = 1_000  # looked at together for filters and lanes
LAMBDA_MAPPING_READ_BYTES = 2 * MIB
LAMBDA_QUEUE_LANES = 5  # batches of a queue that are taken at once; AWS begins with as many

# IAM and STS (IAM user guide, reference_iam-quotas; API references)
IAM_PAGE_DEFAULT = 100
IAM_ACCESS_KEYS_MAX = 2  # of a user
IAM_ALIASES_MAX = 1
IAM_ATTACHED_POLICIES_MAX = 10  # of a user, group or role
IAM_GROUPS_OF_USER_MAX = 10
IAM_POLICY_VERSIONS_MAX = 5
IAM_TAGS_MAX = 50
IAM_ROLE_NAME_CHARACTERS_MAX = 64
IAM_POLICY_CHARACTERS_MAX = 6_144  # white space left out, here and below
IAM_TRUST_CHARACTERS_MAX = 2_048
IAM_USER_INLINE_CHARACTERS_MAX = 2_048  # of all its inline policies
IAM_GROUP_INLINE_CHARACTERS_MAX = 5_120
IAM_ROLE_INLINE_CHARACTERS_MAX = 10_240
STS_ROLE_SECONDS_DEFAULT = 3_600
STS_CHAINED_SECONDS_MAX = 3_600
STS_USER_SECONDS_DEFAULT = 43_200
STS_ROOT_SECONDS_MAX = 3_600
STS_POLICY_CHARACTERS_MAX = 2_048
STS_POLICIES_MAX = 10
STS_TAGS_MAX = 50

# Amazon S3 (user guide: "Multipart upload limits", "Object metadata", bucket quotas; API reference)
S3_PAGE_MAX = 1_000
S3_DELETED_AT_ONCE_MAX = 1_000
S3_METADATA_BYTES_MAX = 2 * KIB
S3_OBJECT_TAGS_MAX = 10
S3_BUCKET_TAGS_MAX = 50
S3_PART_BYTES_MIN = 5 * MIB  # but for the last one
S3_PARTS_MAX = 10_000
S3_POLICY_BYTES_MAX = 20 * KIB
S3_LIFECYCLE_RULES_MAX = 1_000
# Ours
S3_REQUEST_BYTES_MAX = 5 * KIB * MIB  # AWS's limit of one PutObject or UploadPart, with its framing
S3_SPOOLED_BYTES_MIN = 1 * MIB  # a smaller body stays in memory
S3_SPOOL_WAITING_BYTES_MAX = 4 * MIB  # read from a client and not on the disk yet
S3_LIFECYCLE_INTERVAL_MS = 3600 * 1000
S3_LOG_DELIVERY_MS = 5_000
CLOUDFORMATION_HEAD_START_MS = (
    5_000  # an answer waits so long for what it began, so that waiters find it done
)
