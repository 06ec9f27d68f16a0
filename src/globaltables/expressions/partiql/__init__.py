"""PartiQL for DynamoDB: the text of a statement, parsed, checked and compiled to what the expressions are made of.

In: the text of a statement; its parameters as DynamoDB JSON. Out: `SelectStatement`, `InsertStatement`,
`UpdateStatement`, `DeleteStatement` and `ExistsStatement`, with `Condition`, `Update` and paths inside.
Always holds: pure; a compiled statement is immutable and shared between requests: literals are values of their own
names, parameters are values that `bind` adds.
Must not know: tables, storage, operations. What a WHERE clause means for a table is planned in operations/statements.
"""
