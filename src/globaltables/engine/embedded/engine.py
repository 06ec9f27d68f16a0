"""RocksDB as an engine: batches go through its write-ahead log, `sync` flushes that log to disk.

rocksdict's `write` keeps the interpreter lock and its `flush_wal(sync=True)` releases it; so a batch is applied on the
event loop's thread (memory and the operating system's cache only) and the wait for the disk happens on another.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from rocksdict import (
    BlockBasedOptions,
    Cache,
    Checkpoint,
    DBCompressionType,
    DBRecoveryMode,
    Options,
    Rdict,
    ReadOptions,
    WriteBatch,
    WriteOptions,
)

from globaltables.foundation.errors import OperationalError
from globaltables.foundation.limits import MIB
from globaltables.foundation.settings import Durability

_BLOCK_CACHE_BYTES = 64 * MIB
_WRITE_BUFFER_BYTES = 64 * MIB
_BLOCK_BYTES = 8 * 1024
_BLOOM_BITS = 10
_LOG_FILES_KEPT = 2


class EmbeddedEngine:
    """One RocksDB database.

    Args:
        path: its folder, made when it is missing.
        durability: fsync = `sync` waits for the disk; os = the operating system's cache is enough;
            memory = no write-ahead log, a crash of the process loses what was not flushed.

    Raises:
        OperationalError: the folder cannot be opened, or its log is corrupt before its end.
    """

    def __init__(self, path: Path, durability: Durability = "fsync") -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._database = Rdict(str(path), _options())
        except Exception as error:  # rocksdict raises bare Exception
            msg = f"cannot open the storage in {path}: {error}"
            raise OperationalError(msg) from error
        self.needs_sync = durability == "fsync"
        self._write_options = WriteOptions()
        if durability == "memory":
            self._write_options.disable_wal(True)
        #: Bound at once, because a second Python call costs half as much again as the lookup.
        self.get: Callable[[bytes], bytes | None] = self._database.get

    def range(
        self, start: bytes, end: bytes, *, reverse: bool = False
    ) -> Iterator[tuple[bytes, bytes]]:
        """Iterate over start <= key < end in key order, or backwards."""
        options = ReadOptions()
        options.set_iterate_upper_bound(end)
        if reverse:
            # rocksdict 0.3.29 does not hand a lower bound on to RocksDB.
            found: Any = self._database.items(backwards=True, read_opt=options)
            return takewhile(lambda pair: pair[0] >= start, _with_options(found, options))
        items: Any = self._database.items(from_key=start, read_opt=options)
        return _with_options(items, options)

    def apply(
        self,
        puts: Mapping[bytes, bytes | None],
        deleted_ranges: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Apply a batch."""
        batch = WriteBatch(raw_mode=True)
        for start, end in deleted_ranges:
            batch.delete_range(start, end)
        put = batch.put
        for key, value in puts.items():
            if value is None:
                batch.delete(key)
            else:
                put(key, value)
        try:
            self._database.write(batch, self._write_options)
        except Exception as error:  # rocksdict raises bare Exception
            msg = f"the storage refused a write: {error}"
            raise OperationalError(msg) from error

    def sync(self) -> None:
        """Flush the write-ahead log to disk."""
        try:
            self._database.flush_wal(True)
        except Exception as error:  # rocksdict raises bare Exception
            msg = f"the storage could not reach the disk: {error}"
            raise OperationalError(msg) from error

    def forget(self, ranges: Sequence[tuple[bytes, bytes]]) -> None:
        """Write what is in memory and in the log to tables, and compact the ranges down to the last level."""
        try:
            self._database.flush(True)
            for start, end in ranges:
                self._database.compact_range(start, end)
        except Exception as error:  # rocksdict raises bare Exception
            msg = f"the storage could not be compacted: {error}"
            raise OperationalError(msg) from error

    def checkpoint(self, path: Path) -> None:
        """Write a copy: hard links where the file system allows, so it is instant."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            Checkpoint(self._database).create_checkpoint(str(path))
        except Exception as error:  # rocksdict raises bare Exception
            msg = f"the storage could not be copied: {error}"
            raise OperationalError(msg) from error

    def close(self) -> None:
        """Flush and close the database.

        Raises:
            OperationalError: the disk failed; what was synced is safe.
        """
        try:
            self._database.close()
        except Exception as error:  # rocksdict raises bare Exception
            msg = f"the storage could not be closed: {error}"
            raise OperationalError(msg) from error


def _with_options(
    items: Iterator[tuple[bytes, bytes]], options: ReadOptions
) -> Iterator[tuple[bytes, bytes]]:
    """Iterate while holding on to the options: the iterator of rocksdict 0.3.29 points into them and does not.

    Without it the upper bound is freed memory, and an iteration ends wherever that happens to say.
    """
    yield from items
    del options


def _options() -> Options:
    options = Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_max_background_jobs(2)
    options.set_compression_type(DBCompressionType.lz4())
    options.set_keep_log_file_num(_LOG_FILES_KEPT)
    options.set_stats_dump_period_sec(0)
    # A torn record at the end of the log is a write that nobody was told of; damage before it stops the start.
    options.set_wal_recovery_mode(DBRecoveryMode.tolerate_corrupted_tail_records())
    blocks = BlockBasedOptions()
    blocks.set_block_cache(Cache(_BLOCK_CACHE_BYTES))
    blocks.set_block_size(_BLOCK_BYTES)
    blocks.set_bloom_filter(_BLOOM_BITS, False)
    blocks.set_cache_index_and_filter_blocks(False)
    options.set_block_based_table_factory(blocks)
    return options
