"""How long changes take on AWS, and how long AWS wants them to lie apart: what `--realistic` keeps to, milliseconds.

Each is the shortest that was measured on AWS, so that nobody waits longer here than there; docs/realistic-mode.md has
the longest too. Source, unless another is named: aws-controllers-k8s/dynamodb-controller, docs/api-quirks, the
measurements of October 2026.
"""

TABLE_CREATION_MS = 6_000
TABLE_CREATION_WITH_INDEXES_MS = 16_000
TABLE_DELETION_MS = 4_000

# Changes of a table that is in no other region
THROUGHPUT_MS = 1_000
TO_PROVISIONED_MS = 60_500
TO_ON_DEMAND_MS = 128_600
TO_ON_DEMAND_AGAIN_MS = 4_100  # of a table that was on demand before
STREAM_MS = 4_050
TABLE_CLASS_MS = 3_600
WARM_MS = 271_600  # the table is ACTIVE meanwhile

# Global indexes; the table is UPDATING during the allocation and ACTIVE while the index is filled
INDEX_ALLOCATION_MS = 24_300
INDEX_CREATION_MS = 506_000
INDEX_DELETION_MS = 2_600
INDEX_UPDATE_MS = 2_000
INDEX_WARM_MS = 390_000

# Global tables: the region that was asked is UPDATING until every member has a change
EVERYWHERE_MS = 34_000
REPLICA_LISTED_MS = 6_400
REPLICA_DESCRIBED_MS = 10_100
REPLICA_CREATION_MS = 14_400
REPLICA_CREATION_WITH_ITEMS_MS = 562_000
REPLICA_DELETION_UPDATING_MS = 31_000
REPLICA_DELETION_MS = 97_000
STRONG_CREATION_MS = 15_600
STRONG_WITNESSED_CREATION_MS = 59_500
STRONG_DISSOLUTION_UPDATING_MS = 43_600
STRONG_DISSOLUTION_MS = 54_600

# Kinesis destinations; the table is ACTIVE meanwhile
KINESIS_ENABLING_MS = 2_000
KINESIS_DISABLING_MS = 1_400
KINESIS_UPDATING_MS = 123_500

# Backups and restores: a table of few items
BACKUPS_ENABLED_MS = 1_400  # after the table is ACTIVE
RESTORE_MS = 81_500
RESTORE_ACROSS_REGIONS_MS = 251_700

# Exports and imports of few items
EXPORT_MS = 125_700
IMPORT_VISIBLE_MS = 30_700  # so long the table of an import is not there
IMPORT_MS = 90_100

# Between two changes of one setting
TIME_TO_LIVE_INTERVAL_MS = 30 * 60 * 1000
DELETION_PROTECTION_INTERVAL_MS = 15_000
