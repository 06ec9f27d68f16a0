"""CloudWatch: what the services here measure, alarms over it, and dashboards.

In: measurements of this process (intake.py) and of clients. Out: statistics by period, metric math, alarms that act.
Always holds: what was measured is written in batches, never by the request that is measured; an alarm's state, its
history and its actions follow the region's clock.
Must not know: how other services work; actions are calls of their API.
"""
