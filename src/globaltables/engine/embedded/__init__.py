"""The default engine: RocksDB in the process, through rocksdict."""

from globaltables.engine.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
