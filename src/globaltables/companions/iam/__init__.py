"""AWS Identity and Access Management: users, groups, roles, policies, access keys.

In: requests as the model has them. Out: records by account, and what the evaluator asks about them (`source.py`).
Always holds: secret keys are derived, never stored; after every change what was remembered of identities is forgotten.
Must not know: how requests are signed, what other services do with a permission.
"""
