"""The `globaltables` command.

In: arguments. Out: an exit code: 0 after a clean stop, 1 when the world refused, 2 for wrong arguments.
Always holds: a refusal is one clear sentence on the error stream, never a traceback.
"""
