"""The change log's records: what was written, when, by whom, with both images.

In: the parts of a change. Out: checked bytes and back. Always holds: a record is never changed after it was written.
Must not know: who reads the log.
"""
