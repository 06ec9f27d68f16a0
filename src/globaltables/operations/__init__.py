"""The API's operations: one module per operation, named as AWS names it.

In: a `Call` whose request was checked against the model. Out: the response as a dict, as JSON bytes, or an awaitable of
either; an `ApiError` is AWS's refusal. Always holds: no authentication, audit or metrics here.
Must not know: HTTP, the engine.
"""
