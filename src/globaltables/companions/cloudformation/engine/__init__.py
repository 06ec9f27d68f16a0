"""Carries stacks out: creates, changes and removes their resources, and goes back when something fails.

In: a stack whose status says what is to be done. Out: a stack whose status says how it ended, and events.
Always holds: a step is recorded before it is done; run again after a stop of the process, it goes on.
Must not know: requests, HTTP.
"""
