"""Templates: from their text to values.

In: the text of a template, parameters, and what other resources turned out to be. Out: properties, conditions, the
order of resources, and AWS's refusals.
Always holds: pure; no text of a template can run code or grow beyond its size.
Must not know: stacks, services, storage.
"""
