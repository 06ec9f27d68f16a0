"""Whole tables to and from buckets: exports of a table as it was at a time, imports into a new table.

In: requests that were checked. Out: objects in AWS's layout and formats, tables, records of how it went.
Always holds: an export shows one time, whatever is written meanwhile; progress is stored with the work that it is
about, so that both go on after a stop; memory is bounded by a page, a file's buffer and a batch.
Must not know: HTTP, other regions.
"""
