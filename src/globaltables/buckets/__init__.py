"""Buckets of objects: folders of this machine, or any S3.

In: a bucket's and an object's name, streams of bytes. Out: objects under their whole name, or nothing.
Always holds: an object is there with its whole content or not at all. Must not know: tables, items, contents.
Every call blocks; whoever is on the event loop makes it in a thread (`runtime.threads.in_thread`).
"""
