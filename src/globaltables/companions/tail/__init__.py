"""The tail: services that have no code of their own here, answered by moto in a process of its own.

Their state is kept; what they would do in the world (start machines, rotate secrets) does not happen. moto is imported
in `process.py` alone, by the first request for one of them: it takes seconds and 200 MB.
"""
