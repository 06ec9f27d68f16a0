"""The engine that keeps everything in memory: for `--in-memory`, and the model in tests."""

from globaltables.engine.memory.engine import MemoryEngine

__all__ = ["MemoryEngine"]
