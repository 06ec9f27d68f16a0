"""How our own edges (the command line, the drill, recipes) call a node: over HTTP, signed, as any customer does.

Nothing below this package may be imported here but the model of our own operations.
"""
