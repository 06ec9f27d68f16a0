"""Facts of the product: limits, errors, ARNs, identifiers, settings.

In: nothing of ours. Out: constants, value types and the exception families that every other package uses.
Always holds: no I/O, no clock, no randomness, imports nothing else of globaltables.
"""
