"""The types of resources: what each asks of its service to make, change, read and remove a resource.

In: properties that fit the type's schema. Out: a physical id and attributes.
Always holds: a service is asked by its public API; creation that is tried again makes nothing twice.
Must not know: stacks and templates.
"""
