"""The map of a region's stored keys: every first byte, its owner, the ranges of one table. See docs/formats/keys.md.

    i table key                items                       (itemstore)
    x table index key key      index entries               (itemstore)
    d table key                tombstones: stamp, origin   (itemstore)
    l table position           the change log              (changelog)
    g table hash partition     bytes of an item collection (itemstore)
    s table                    counts and sizes            (itemstore)
    c table                    table definitions           (tables)
    m name                     the region's own facts      (itemstore)
    t ...                      transaction tokens          (itemstore)
    r ...                      replication                 (replication)
    k ...                      stream secrets              (streams)
    n table position           Kinesis cursors             (destinations)
    a ...                      scalable targets            (autoscaling)
    v service/kind/account/... what other services keep    (companions)
    q voters ...               votes and their logs        (replication)
    j number                   long work                   (itemstore)
    b ...                      backups, and bytes that are kept without a table (itemstore)
    e ...                      exports and imports         (transfers)
    z table generation key     sealed rows of sealed tables (itemstore)
    w ...                      measurements by time        (companions)
    o ...                      events of logs by time      (companions)

Table numbers are 4 bytes, index numbers 2, positions 8, big-endian.
"""

from globaltables.items.key_encoding import after_prefix

Range = tuple[bytes, bytes]

CATALOG = b"c"
STATISTICS = b"s"
TOKENS = b"t"
REPLICATION = b"r"
STREAM_SECRETS = b"k"
AUTO_SCALING = b"a"
VOTING = b"q"
JOBS = b"j"
BACKUPS = b"bb"
RETAINED = b"bt"
COMPANIONS = b"v"
SEALED = b"z"
TRANSFERS = b"e"
MEASUREMENTS = b"w"
LOG_EVENTS = b"o"
LAST_STAMP_KEY = b"mlast-stamp"
LAST_TABLE_NUMBER_KEY = b"mlast-table-number"
CLOCK_AHEAD_KEY = b"mclock-ahead"
POSITION_BYTES = 8
PREFIX_BYTES = 5


def item_prefix(table_number: int) -> bytes:
    """Return the prefix of a table's items."""
    return b"i" + table_number.to_bytes(4, "big")


def index_prefix(table_number: int, index_number: int) -> bytes:
    """Return the prefix of an index's entries."""
    return b"x" + table_number.to_bytes(4, "big") + index_number.to_bytes(2, "big")


def tombstone_prefix(table_number: int) -> bytes:
    """Return the prefix of a table's tombstones."""
    return b"d" + table_number.to_bytes(4, "big")


def collection_prefix(table_number: int) -> bytes:
    """Return the prefix of the sizes of a table's item collections, kept when it has local indexes."""
    return b"g" + table_number.to_bytes(4, "big")


def log_prefix(table_number: int) -> bytes:
    """Return the prefix of a table's change records."""
    return b"l" + table_number.to_bytes(4, "big")


def log_key(table_number: int, position: int) -> bytes:
    """Return the key of a change record."""
    return log_prefix(table_number) + position.to_bytes(POSITION_BYTES, "big")


def kinesis_cursor_prefix(table_number: int) -> bytes:
    """Return the prefix of how far a table's changes were delivered to Kinesis data streams."""
    return b"n" + table_number.to_bytes(4, "big")


def kinesis_cursor_key(table_number: int, started_stamp: int) -> bytes:
    """Return the key of how far the changes since a position, where a capture began, were delivered."""
    return kinesis_cursor_prefix(table_number) + started_stamp.to_bytes(POSITION_BYTES, "big")


def voting_key(group: bytes, rest: bytes) -> bytes:
    """Return a key of what one voter of a strongly consistent table keeps; the group is 16 bytes."""
    return VOTING + group + rest


def voting_range(group: bytes, rest: bytes = b"") -> Range:
    """Return the range of what one voter of a strongly consistent table keeps."""
    return whole(voting_key(group, rest))


def catalog_key(table_number: int) -> bytes:
    """Return the key of a table's definition."""
    return CATALOG + table_number.to_bytes(4, "big")


def statistics_key(table_number: int) -> bytes:
    """Return the key of a table's counts and sizes."""
    return STATISTICS + table_number.to_bytes(4, "big")


def backup_key(account: str, backup_id: str, table_name: str) -> bytes:
    """Return the key of a backup; those of an account are in the order of their making."""
    return BACKUPS + f"{account}:{backup_id}/{table_name}".encode("ascii")


def retained_key(table_number: int) -> bytes:
    """Return the key of the definition under which stored bytes are kept without a table."""
    return RETAINED + table_number.to_bytes(4, "big")


def job_key(number: int) -> bytes:
    """Return the key of a piece of long work."""
    return JOBS + number.to_bytes(8, "big")


def transfer_key(kind: str, account: str, transfer_id: str) -> bytes:
    """Return the key of an export or import; those of an account are in the order of their beginning."""
    return TRANSFERS + f"{kind}:{account}:{transfer_id}".encode("ascii")


def transfers_of(kind: str, account: str, before: str = "") -> Range:
    """Return the range of an account's exports or imports, or of those before an id."""
    start, end = whole(transfer_key(kind, account, ""))
    return start, transfer_key(kind, account, before) if before else end


def client_token_key(kind: str, account: str, token: str) -> bytes:
    """Return the key of the id of the export or import that a client token stands for."""
    return TRANSFERS + f"token:{kind}:{account}:{token}".encode()


def spool_prefix(table_number: int, job: int) -> bytes:
    """Return the prefix of what a running export of a table has gathered by key."""
    return spools_prefix(table_number) + job.to_bytes(8, "big")


def spools_prefix(table_number: int) -> bytes:
    """Return the prefix of what running exports of a table have gathered."""
    return TRANSFERS + b"spool:" + table_number.to_bytes(4, "big")


def sealed_prefix(table_number: int, generation: int | None = None) -> bytes:
    """Return the prefix of a table's sealed rows, of one data key or of all."""
    prefix = SEALED + table_number.to_bytes(4, "big")
    return prefix if generation is None else prefix + generation.to_bytes(2, "big")


def outbox_range(account: str) -> Range:
    """Return the range of the mails and texts of an account that stay here (companions/sns)."""
    return whole(COMPANIONS + f"sns/outbox/{account}/".encode("ascii"))


def whole(prefix: bytes) -> Range:
    """Return the range of every key with a prefix."""
    return prefix, after_prefix(prefix)


def log_range(table_number: int, after: int = -1, until: int | None = None) -> Range:
    """Return the range of a table's change records with after < position <= until."""
    start = log_key(table_number, after + 1)
    if until is None:
        return start, after_prefix(log_prefix(table_number))
    return start, log_key(table_number, until + 1)


def table_ranges(table_number: int) -> list[Range]:
    """Return everything that is stored for a table but its definition."""
    number = table_number.to_bytes(4, "big")
    prefixes = (b"i", b"x", b"d", b"g", b"l", b"n")
    ranges = [whole(prefix + number) for prefix in prefixes]
    key = statistics_key(table_number)
    return [*ranges, (key, key + b"\0")]
