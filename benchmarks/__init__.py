"""Measurements of the server, beside other servers and by itself.

`python -m benchmarks` compares; startup, scale, replication and inprocess are run as `python -m benchmarks.NAME`.
What always holds: every number says what was sent, how often it was refused and what else the machine was doing;
nothing is measured that the checked answers do not back.
"""
