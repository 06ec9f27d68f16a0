"""What a table is: its definition, the catalog of a region, the rules of its life.

In: validated control-plane requests and stored definition records. Out: frozen definitions, descriptions as AWS shapes.
Always holds: a definition is never changed in place; the catalog changes only in the region's commit loop.
Must not know: HTTP, the engine, other regions' storage.
"""
