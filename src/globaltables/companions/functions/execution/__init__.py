"""Execution environments: child processes that run the code of functions.

In: a function's unpacked code, its settings, invocations. Out: what the handlers answered, and what they printed.
Always holds: a process runs one invocation at a time, none outlives its time limit or the node, and everything that
a process started ends with it. It is a process, not a jail: it may do what the node's user may do.
Must not know: the API of Lambda, where functions are stored.
"""
