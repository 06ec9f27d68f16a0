"""The process: HTTP in front, regions and their background readers behind, built and stopped in one place.

In: settings. Out: a listening node. Always holds: replies of a connection go out in the order of its requests; a
stop finishes what was begun; `assembly.py` alone picks the engine. Must not know: what operations do.
"""
